/** The look of the page: light, dark and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6470; --line: #d9dee4; --back: #fff; --panel: #f5f7f9;
  --good: #1a7f4b; --fair: #b07800; --bad: #c4342b; --second: #3d6fb6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #98a2ae; --line: #343b43; --back: #14171a;
  --panel: #1c2126; --good: #4cc38a; --fair: #e2b340; --bad: #f2726a; --second: #7fa9e8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.2rem 4rem; background: var(--back); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .2rem; } p { margin: .3rem 0; } .soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.tile { background: var(--panel); border-radius: .5rem; padding: .8rem 1rem; } .tile b { display: block; font-size: 1.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; } .scroll { overflow-x: auto; }
.finding { border-left: .25rem solid var(--bad); padding: .1rem 0 .1rem .9rem; margin: 1rem 0; break-inside: avoid; }
.finding.note { border-color: var(--fair); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); padding: .5rem .7rem; border-radius: .4rem;
  margin: .4rem 0; font: .85rem/1.45 ui-monospace, monospace; unicode-bidi: isolate; }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .soft { fill: var(--soft); } .track { fill: var(--line); } .good { fill: var(--good); } .fair { fill: var(--fair); }
.bad { fill: var(--bad); } .second { fill: var(--second); } .up { color: var(--good); } .down { color: var(--bad); }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } :root { --back: #fff; --ink: #000; --panel: #f3f3f3; }
  h2 { break-after: avoid; } pre, .tile { border: 1px solid #ccc; } }
`;
