"""What every profile promises, as a test class: subclass it beside your plugin and let pytest run it.

class TestAcme(ProfileContract):
    name = "acme"
    folder = Path("plugins")
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from optiid.profiles import promises
from optiid.profiles.loading import load_chain

if TYPE_CHECKING:
    from pathlib import Path

    from optiid.profiles.profile import Profile
    from optiid.profiles.types import HookContext
    from optiid.scim.resource_types import ResourceType


class ProfileContract:
    """The promises of one profile.

    `folder` holds the plugin when it is no shipped or installed one, `transcripts` its recorded conversations.
    """

    name: ClassVar[str]
    folder: ClassVar[Path | None] = None
    transcripts: ClassVar[Path | None] = None

    @cached_property
    def profile(self) -> Profile:
        """The profile under test, with its default settings."""
        return load_chain(self.folder, self.name).get(self.name)

    @cached_property
    def subject(self) -> promises.Subject:
        """What the promises are asked of."""
        return promises.Subject(self.profile, promises.transcripts_in(self.transcripts))

    def context(self, operation: str, resource_type: ResourceType) -> HookContext:
        """Return the context of a call."""
        return self.subject.context(operation, resource_type)

    def test_info_tells_who_the_profile_is_for(self) -> None:
        """Name, title, vendor, summary and the vendor's page are there."""
        promises.info_tells_who_the_profile_is_for(self.subject)

    def test_settings_have_defaults_and_refuse_unknown_names(self) -> None:
        """A connection needs no settings, and a misspelt one is found at once."""
        promises.settings_have_defaults_and_refuse_unknown_names(self.subject)

    def test_guide_names_base_url_and_token(self) -> None:
        """The guide can be followed without looking anything up."""
        promises.guide_names_base_url_and_token(self.subject)

    def test_policies_are_lawful(self) -> None:
        """The policies say what the service can do."""
        promises.policies_are_lawful(self.subject)

    def test_foreign_requests_are_not_recognised(self) -> None:
        """A request of anybody is not taken for the identity provider's."""
        promises.foreign_requests_are_not_recognised(self.subject)

    def test_lawful_resources_stay_as_they_are(self) -> None:
        """A representation that the RFC allows passes unchanged."""
        promises.lawful_resources_stay_as_they_are(self.subject)

    def test_lawful_operations_mean_the_same(self) -> None:
        """Operations that the RFC allows change the same, however they are written afterwards."""
        promises.lawful_operations_mean_the_same(self.subject)

    def test_lawful_queries_stay_as_they_are(self) -> None:
        """A query that the RFC allows passes unchanged."""
        promises.lawful_queries_stay_as_they_are(self.subject)

    def test_answers_stay_answers(self) -> None:
        """Shaping makes no failure of a success, nor a success of a failure, and loses no discovery document."""
        promises.answers_stay_answers(self.subject)

    def test_recorded_operations_are_read_repeatably(self) -> None:
        """The same operations give the same twice and after a second pass, and what was handed in is untouched."""
        promises.recorded_operations_are_read_repeatably(self.subject)

    def test_recorded_resources_are_read_repeatably(self) -> None:
        """The same representation gives the same twice, and a second pass changes nothing."""
        promises.recorded_resources_are_read_repeatably(self.subject)

    def test_hooks_are_quick(self) -> None:
        """No hook holds a request up."""
        promises.hooks_are_quick(self.subject)

    def test_only_the_interface_is_imported(self) -> None:
        """The plugin knows nothing of the service but `optiid.profiles.api`."""
        promises.only_the_interface_is_imported(self.subject)
