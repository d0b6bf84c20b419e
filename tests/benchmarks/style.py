"""How the page looks: light or dark as the reader has it, and nothing fetched from anywhere."""

from __future__ import annotations

from tests.benchmarks.plots import COLOURS

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--card:#f4f6f8;--ink:#1c2128;--soft:#57606a;--faint:#0001;--edge:#0003;
--good:#1a7f37;--bad:#b42318;--c0:#2f6db3;--c1:#c2571a;--c2:#2e8b57;--c3:#8e4fb0;--c4:#9a7400;--c5:#c23b5a}
@media(prefers-color-scheme:dark){:root{--paper:#14181d;--card:#1d232a;--ink:#e3e8ee;--soft:#9aa5b1;--faint:#fff1;
--edge:#fff3;--good:#5fce7c;--bad:#ff8b80;--c0:#6ea8e6;--c1:#f0904f;--c2:#63c38f;--c3:#c593e6;--c4:#d9b44a;--c5:#f0849c}}
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto 4rem;padding:0 1rem}
body{background:var(--paper);color:var(--ink)}
h1{margin-bottom:0}h1,h2,h3{line-height:1.25}h2{margin-top:3rem;border-top:1px solid var(--edge);padding-top:1rem}
h1+p,h2+p{color:var(--soft);max-width:46rem;margin-top:.2rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.8rem;margin:1.5rem 0}
.tiles div{background:var(--card);border-radius:.5rem;padding:.7rem .8rem}
.tiles b{display:block;font-size:1.5rem;line-height:1.3;font-variant-numeric:tabular-nums}
.tiles span{display:block;color:var(--soft);font-size:.85rem}
.wide{overflow-x:auto}svg{max-width:none;display:block}
.many{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1.2rem}
.many h3{margin:.4rem 0 0;font-size:.95rem}.many svg{max-width:100%;height:auto}
.key span{margin-right:1.2rem;white-space:nowrap}
.key i{display:inline-block;width:.8rem;height:.8rem;margin-right:.4rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
td,th{padding:.2rem .7rem .2rem 0;border-bottom:1px solid var(--faint);text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600}td.n,th.n{text-align:right;white-space:nowrap;padding:.2rem .4rem .2rem .5rem}
.met,.missed,.open,.bounded{white-space:nowrap}
.met,.missed,.open{font-weight:600}.met{color:var(--good)}.missed{color:var(--bad)}.open{color:var(--soft)}
.none{color:var(--soft)}li{max-width:52rem}
text{font:13px system-ui,sans-serif;fill:var(--ink)}text.axis{font-size:12px;fill:var(--soft)}text.value{font-size:12px}
.grid{stroke:var(--faint);fill:none}.spread{stroke-width:2;fill:none}
.whisker{stroke:var(--ink);stroke-width:1.5;opacity:.5;fill:none}
.bound{stroke:var(--bad);stroke-width:2;stroke-dasharray:4 3;fill:none}.line{fill:none;stroke-width:2}
""" + "".join(
    f".s{n} rect,.s{n} circle{{fill:var(--c{n})}}.s{n} .line,.s{n} .spread{{stroke:var(--c{n})}}"
    f".k{n}{{background:var(--c{n})}}"
    for n in range(COLOURS)
)
