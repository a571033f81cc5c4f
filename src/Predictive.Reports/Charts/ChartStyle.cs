namespace Predictive.Reports.Charts;

/// <summary>The style sheet of the charts and the colours they share with a page: light, dark and print.</summary>
public static class ChartStyle
{
    /// <summary>Plain CSS without any reference to a file or a font.</summary>
    public const string Css = """
        :root {
          color-scheme: light dark;
          --ink: #1c2430; --soft: #5b6675; --faint: #e4e8ee; --paper: #ffffff; --card: #f7f9fb; --rule: #c6cdd6;
          --model: #2458d3; --actual: #d9730d; --baseline: #7d8896; --good: #177245; --bad: #b3261e;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ink: #e8ecf2; --soft: #9fabba; --faint: #2b3442; --paper: #12171f; --card: #1a212c; --rule: #465163;
            --model: #7ea6ff; --actual: #f2a354; --baseline: #8d99a9; --good: #63c894; --bad: #ff8a80;
          }
        }
        @media print {
          :root {
            color-scheme: light;
            --ink: #000; --soft: #444; --faint: #ddd; --paper: #fff; --card: #fff; --rule: #999;
            --model: #2458d3; --actual: #d9730d; --baseline: #777; --good: #177245; --bad: #b3261e;
          }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        .chart { margin: 0; }
        .chart svg { display: block; width: 100%; height: auto; }
        .chart text { font: 12px system-ui, sans-serif; fill: var(--soft); }
        .chart .label { font-size: 13px; fill: var(--ink); }
        .chart .grid { stroke: var(--faint); }
        .chart .axis { stroke: var(--rule); }
        .chart .line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
        .chart .line.thin { stroke-width: 1.25; opacity: .6; }
        .chart .line.model { stroke: var(--model); }
        .chart .line.actual { stroke: var(--actual); }
        .chart .line.baseline { stroke: var(--baseline); stroke-dasharray: 5 4; }
        .chart .line.ideal { stroke: var(--rule); stroke-width: 1.5; stroke-dasharray: 2 4; }
        .chart .model.dot, .chart .model.bar { fill: var(--model); }
        .chart .actual.dot, .chart .actual.bar { fill: var(--actual); }
        .chart .baseline.dot { fill: var(--baseline); }
        .chart .dot.soft { fill-opacity: .75; stroke: var(--paper); stroke-width: 1.5; }
        .chart .bar.good { fill: var(--good); } .chart .bar.baseline { fill: var(--baseline); }
        .chart a:hover .bar, .chart a:focus .bar { fill-opacity: .75; }
        .chart .flow { fill: var(--model); fill-opacity: .3; } .chart .flow.same { fill: var(--baseline); fill-opacity: .22; }
        .chart a:hover .flow, .chart a:focus .flow { fill-opacity: .65; }
        .chart .mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
        .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .82rem; color: var(--soft); margin: 0 0 .3rem; }
        .legend i { display: inline-block; width: 1.1rem; height: 0; border-top: 3px solid currentColor; margin-right: .4rem;
            vertical-align: middle; }
        .legend .model i { color: var(--model); }
        .legend .actual i { color: var(--actual); }
        .legend .baseline i { color: var(--baseline); border-top-style: dashed; }
        .legend .ideal i { color: var(--rule); border-top-style: dotted; }
        .h1 { background: color-mix(in srgb, var(--model) 5%, transparent); }
        .h2 { background: color-mix(in srgb, var(--model) 10%, transparent); }
        .h3 { background: color-mix(in srgb, var(--model) 15%, transparent); }
        .h4 { background: color-mix(in srgb, var(--model) 20%, transparent); }
        .h5 { background: color-mix(in srgb, var(--model) 25%, transparent); }
        .h6 { background: color-mix(in srgb, var(--model) 30%, transparent); }
        .h7 { background: color-mix(in srgb, var(--model) 35%, transparent); }
        .h8 { background: color-mix(in srgb, var(--model) 40%, transparent); }
        .h9 { background: color-mix(in srgb, var(--model) 45%, transparent); }
        .h10 { background: color-mix(in srgb, var(--model) 50%, transparent); }
        """;

    private const int Shades = 10;

    /// <summary>Class of a shade for a share, 0–1, the darker the larger; null for nothing. Classes and not inline styles, so that pages
    /// under a strict policy can use it.</summary>
    public static string? Heat(double share) => share > 0 ? $"h{Math.Clamp((int)Math.Ceiling(share * Shades), 1, Shades)}" : null;
}
