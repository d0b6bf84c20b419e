from optiid.scim.filters.parser import parse_filter


def test_trees_print_as_filters() -> None:
    for text in (
        'userName eq "x"',
        "a pr and (b pr or c pr)",
        'not (a co "\\"") or emails[type eq "work" and value sw "x"]',
        "urn:x:y:User:name.sub ge 5",
        "a eq null and b eq true",
    ):
        assert str(parse_filter(text)) == text
