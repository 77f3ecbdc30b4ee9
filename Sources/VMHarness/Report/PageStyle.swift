/// How the pages look, in light and in dark.
enum PageStyle {
    static let css = """
        :root {
          color-scheme: light dark;
          --paper: #fbfaf8; --card: #fff; --ink: #1d2127; --quiet: #5a626d; --line: #dedbd5; --link: #0b57a4;
          --good: #136c35; --good-paper: #e5f4e9; --bad: #b3171d; --bad-paper: #fdeaea;
          --unclear: #7d5200; --unclear-paper: #fdf1d8; --none-paper: #ecebe8; --code: #f3f1ed;
          --image: #e3d3b4; --layer: #cfd8a2; --boot: #a9cdf4; --play: #8fd0a3; --task: #c5e8cb;
          --reboot: #f6b982; --check: #95d5d3; --evidence: #f3b6d2; --other: #e6e4df; --edge: #0000004d;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #15181c; --card: #1d2126; --ink: #e6e8eb; --quiet: #a3acb7; --line: #363c44; --link: #85bbf5;
            --good: #6fd18e; --good-paper: #15301f; --bad: #ff8f8c; --bad-paper: #3a191b;
            --unclear: #efbb5c; --unclear-paper: #352810; --none-paper: #2b3037; --code: #111418;
            --image: #6b5a36; --layer: #5a6428; --boot: #2c5a8c; --play: #22693b; --task: #2d4f38;
            --reboot: #95501a; --check: #1d6664; --evidence: #8a3b64; --other: #45484d; --edge: #ffffff59;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 1rem clamp(.75rem, 3vw, 2rem) 3rem; background: var(--paper);
          color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
          overflow-wrap: anywhere; }
        h1 { font-size: clamp(1.25rem, 1rem + 1.4vw, 1.65rem); line-height: 1.25; margin: .5rem 0; text-wrap: pretty; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
        h3 { font-size: 1rem; line-height: 1.6; margin: 0; display: inline; }
        h4 { font-size: .95rem; margin: 1.4rem 0 .4rem; }
        h4 .quiet { font-weight: normal; }
        p { margin: .4rem 0; }
        a { color: var(--link); }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875em; }
        pre { background: var(--code); border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .7rem .9rem;
          white-space: pre-wrap; line-height: 1.5; }
        pre.commands { user-select: all; }
        pre.failure { border-left: 4px solid var(--bad); max-height: 28rem; overflow: auto; }
        pre.harness { border-left-color: var(--unclear); }
        .quiet { color: var(--quiet); font-size: .875rem; }
        .good { color: var(--good); } .bad { color: var(--bad); } .unclear { color: var(--unclear); }
        .badge { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 .6rem; font-size: .8125rem;
          font-weight: 600; line-height: 1.6; white-space: nowrap; }
        .badge.good { background: var(--good-paper); } .badge.bad { background: var(--bad-paper); }
        .badge.unclear { background: var(--unclear-paper); } .badge.none { background: var(--none-paper); color: var(--quiet); }
        .verdict { border: 1px solid var(--line); border-left: 8px solid currentColor; border-radius: 8px;
          padding: .8rem clamp(.8rem, 3vw, 1.4rem); }
        .verdict h1, .verdict code { color: var(--ink); }
        .verdict.good { background: var(--good-paper); } .verdict.bad { background: var(--bad-paper); }
        .verdict.unclear { background: var(--unclear-paper); }
        .verdict .badge { background: var(--card); }
        .verdict .quiet { color: var(--ink); }
        .test { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: .7rem 0;
          padding: .7rem clamp(.7rem, 2.5vw, 1.2rem); }
        summary { cursor: pointer; }
        summary h3 { margin-right: .5rem; }
        .differences { margin: .3rem 0; padding-left: 2.2rem; }
        .differences li { padding: .1rem 0; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); }
        thead th { color: var(--quiet); font-size: .8125rem; font-weight: 600; }
        tbody th { font-weight: 500; }
        .checks td:first-child, .num { white-space: nowrap; }
        .checks .wrong { background: var(--bad-paper); }
        .checks .wrong td:first-child { box-shadow: inset 4px 0 var(--bad); padding-left: .8rem; }
        .facts th { width: 14rem; color: var(--quiet); font-weight: 500; }
        .steps .num { width: 5.5rem; font-variant-numeric: tabular-nums; }
        .lane-1 { padding-left: 1.1rem; } .lane-2 { padding-left: 2.2rem; } .lane-3 { padding-left: 3.3rem; }
        .lane-4, .lane-5, .lane-6, .lane-7 { padding-left: 4.4rem; }
        .files li { break-inside: avoid; }
        .files { columns: 20rem; padding-left: 1.2rem; margin: .3rem 0; }
        .timeline { margin: 0; }
        .timeline svg { display: block; overflow: hidden; }
        .timeline text { font: 12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--ink); }
        .grid line { stroke: var(--line); } .grid text { fill: var(--quiet); }
        .timeline rect { fill: var(--kind); stroke: var(--edge); }
        .timeline .wrong rect { stroke: var(--bad); stroke-width: 4px; }
        .legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; margin: .4rem 0; padding: 0; font-size: .8125rem; }
        .swatch { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; border: 1px solid var(--edge);
          background: var(--kind); margin-right: .4rem; vertical-align: -.08em; }
        .swatch.wrong { border: 2px solid var(--bad); }
        .timeline figcaption p, .timeline > details > summary { font-size: .875rem; color: var(--quiet); }
        .k-image { --kind: var(--image); } .k-layer { --kind: var(--layer); } .k-boot { --kind: var(--boot); }
        .k-play { --kind: var(--play); } .k-task { --kind: var(--task); }
        .k-reboot { --kind: var(--reboot); } .k-check { --kind: var(--check); }
        .k-evidence { --kind: var(--evidence); } .k-other { --kind: var(--other); }
        .runs td:first-child .badge { margin-bottom: .2rem; }
        .runs td:first-child { width: 10.5rem; } .runs tbody th { width: 17rem; }
        .runs [data-label=host] { min-width: 5rem; max-width: 10rem; } .runs [data-label=tests] { min-width: 6rem; }
        .runs [data-label=took] { white-space: nowrap; }
        footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .5rem; font-size: .9rem; }
        @media (max-width: 66rem) { .at-desk { display: none; } }
        @media (max-width: 46rem) {
          .at-tablet { display: none; }
          .checks thead, .runs thead { position: absolute; clip-path: inset(50%); }
          .checks, .checks tbody, .checks tr, .checks td, .checks th, .runs, .runs tbody, .runs tr, .runs td, .runs th,
          .facts, .facts tbody, .facts tr, .facts td, .facts th { display: block; }
          .checks tr, .runs tr, .facts tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
          .checks td, .checks th, .runs td, .runs th, .facts td, .facts th { border: 0; padding: .05rem 0; width: auto;
            max-width: none; }
          .checks td:first-child, .checks th { display: inline; }
          .checks td:first-child { margin-right: .5rem; }
          .checks .wrong { padding-left: .8rem; box-shadow: inset 4px 0 var(--bad); }
          .checks .wrong td:first-child { box-shadow: none; padding-left: 0; }
          [data-label]::before { content: attr(data-label) ": "; color: var(--quiet); }
        }
        @media print { body { max-width: none; } .test { break-inside: auto; } pre.failure { max-height: none; } }
        """
}
