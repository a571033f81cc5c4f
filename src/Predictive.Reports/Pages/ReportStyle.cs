namespace Predictive.Reports.Pages;

/// <summary>The style sheet of report pages, beside that of the charts.</summary>
public static class ReportStyle
{
    /// <summary>Plain CSS without any reference to a file or a font.</summary>
    public const string Css = """
        * { box-sizing: border-box; }
        html { background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
        body { max-width: 66rem; margin: 0 auto; padding: 2.2rem 1.4rem 4rem; }
        header { display: flex; gap: 1.5rem; align-items: flex-start; justify-content: space-between; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em; }
        h2 { font-size: 1.3rem; margin: 2.6rem 0 .4rem; padding-top: 1.2rem; border-top: 1px solid var(--faint); }
        h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
        p { margin: .3rem 0 .8rem; max-width: 46rem; }
        .soft { color: var(--soft); }
        .lead { font-size: 1.08rem; }
        .grade { text-align: center; border: 1px solid var(--faint); border-radius: .8rem; padding: .5rem 1.3rem .7rem;
            background: var(--card); }
        .grade b { display: block; font-size: 2.6rem; line-height: 1.1; }
        .grade span { color: var(--soft); font-size: .82rem; white-space: nowrap; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0 .4rem; }
        .tile { background: var(--card); border: 1px solid var(--faint); border-radius: .7rem; padding: .8rem 1rem; }
        .tile .name { color: var(--soft); font-size: .84rem; }
        .tile .value { font-size: 1.65rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
        .tile .against { font-size: .82rem; color: var(--soft); }
        .good { color: var(--good); } .bad { color: var(--bad); }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.2rem 2.2rem; align-items: start; }
        .quad { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem 1.6rem; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; margin: .4rem 0 1rem; }
        th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap; }
        th { color: var(--soft); font-weight: 600; font-size: .82rem; line-height: 1.25; vertical-align: bottom; white-space: normal; }
        th:first-child, td:first-child { text-align: left; padding-left: 0; }
        tr.us td { font-weight: 650; }
        td.words, th.words { text-align: left; white-space: normal; }
        .finding { border-left: 4px solid var(--rule); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; }
        .finding.blocking { border-color: var(--bad); } .finding.warning { border-color: var(--actual); }
        .finding p { margin: .15rem 0; } .finding .kind { font-size: .82rem; color: var(--soft); }
        td.best { color: var(--good); }
        table.heat td { min-width: 2.6rem; } table.heat td.same { font-weight: 650; }
        ul { margin: .3rem 0 .8rem; padding-left: 1.2rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; font-size: .92rem; }
        dt { font-weight: 600; } dd { margin: 0; color: var(--soft); }
        footer { margin-top: 2.6rem; padding-top: .8rem; border-top: 1px solid var(--faint); color: var(--soft); font-size: .85rem; }
        @media (max-width: 40rem) { header { flex-direction: column; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
        @media print {
          @page { margin: 14mm; }
          html { font-size: 11pt; } body { max-width: none; padding: 0; }
          figure, table, .tile, .grade { break-inside: avoid; } h2, h3 { break-after: avoid; }
        }
        """;
}
