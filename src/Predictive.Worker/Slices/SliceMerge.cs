using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;

namespace Predictive.Worker.Slices;

/// <summary>Puts the slices of a run together.</summary>
internal sealed class SliceMerge(SliceJob job, SliceRun run, RuleBook book, SliceFolder folder)
{
    private const string ResultFile = "run.json";

    // As the command line prints the portfolio of a whole base.
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The tables that are written, by the ending of their names, and the files of them.</summary>
    private static readonly (string Ending, string File)[] s_tables =
        [("_scores", SliceFolder.Scores), ("_segments", SliceFolder.Segments), ("_changes", SliceFolder.Changes)];

    /// <summary>Writes the result; the tables before it has its name, so that a run that is done is written.</summary>
    /// <returns>False where another was first.</returns>
    public bool Write(CancellationToken cancellation)
    {
        var portfolio = new PortfolioPart();
        var atRisk = new AtRiskPart();
        ProspectPart? prospects = null;
        var counts = new (string Path, int Customers)[run.Slices];
        for (int k = 0; k < run.Slices; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                (PortfolioPart part, AtRiskPart list) = SliceWork.Read(folder.Of(k));
                portfolio.Add(part);
                atRisk.Add(list);
                counts[k] = (Path.Combine(folder.Of(k), SliceFolder.Rules), part.Customers);
                string[] missing = [.. Expected(part.Customers > 0).Where(f => !File.Exists(Path.Combine(folder.Of(k), f)))];
                if (missing.Length > 0)
                {
                    throw Damaged(k, $"{string.Join(" and ", missing)} is not there.");
                }

                if (SliceWork.ReadProspects(folder.Of(k)) is { } people)
                {
                    (prospects ??= new ProspectPart()).Add(people);
                }
            }
            catch (JsonException e)
            {
                throw Damaged(k, e.Message);
            }
            catch (FileNotFoundException e)
            {
                throw Damaged(k, $"{Path.GetFileName(e.FileName)} is not there.");
            }
        }

        if (portfolio.Customers == 0)
        {
            throw new DatasetException(
                "no-purchase-before-as-of",
                $"No customer of any slice has a purchase before {job.AsOf}; scoring needs at least one. Choose a later as-of.");
        }

        bool changed = SliceRun.MarkOfAsync(job.Data, cancellation).GetAwaiter().GetResult() != run.Data;
        return SliceFolder.Write(folder.Result, made =>
        {
            MergedRules rules = Rules(counts, cancellation);
            PortfolioReport report = portfolio.Report(
                book, job.AsOf, job.Since, run.Model, DatasetFolder.DescriptionOf(job.Data).Currency, rules);
            Json(made, "portfolio.json", report);
            string figures = Path.Combine(made, SliceFolder.Portfolio);
            PortfolioRows.Write(report, figures);
            AtRiskList list = AtRisk.Rank(atRisk, new AtRiskOptions { Capacity = run.Top });
            AtRiskFile.Write(list, Path.Combine(made, "at-risk.json"));
            AtRiskFile.Write(list, Path.Combine(made, "at-risk.csv"));
            prospects?.WriteList(job.AsOf, Path.Combine(made, "prospects.csv"));
            IReadOnlyList<string> tables = job.To is null ? [] : Send(job.To, figures, cancellation);
            Json(made, ResultFile, new MergedRun(
                run.Id, run.Slices, run.AsOf, run.Since, $"{run.Model.Name}/{run.Model.Version}", portfolio.Customers,
                new Accuracy(ValueSketch.Error, rules.CutShort), tables, changed));
        });
    }

    /// <summary>What the result says of itself.</summary>
    public MergedRun Read() =>
        JsonSerializer.Deserialize<MergedRun>(File.ReadAllBytes(Path.Combine(folder.Result, ResultFile)), s_json)!;

    private List<string> Send(string address, string portfolio, CancellationToken cancellation)
    {
        var written = new List<string>();
        foreach ((string ending, string name) in s_tables)
        {
            string[] files = [.. Files(name)];
            if (files.Length > 0)
            {
                written.AddRange(WarehouseTable.ReplaceAllAsync(WarehouseTable.Beside(address, ending), files, cancellation)
                    .GetAwaiter().GetResult().Places);
            }
        }

        written.AddRange(WarehouseTable.ReplaceAllAsync(WarehouseTable.Beside(address, "_portfolio"), [portfolio], cancellation)
            .GetAwaiter().GetResult().Places);
        return written;
    }

    private MergedRules Rules((string Path, int Customers)[] files, CancellationToken cancellation)
    {
        try
        {
            return RulesFile.Merge(files, book.Options.Portfolio.Association, cancellation);
        }
        catch (RulesFileException e)
        {
            throw Damaged(Array.FindIndex(files, f => f.Path == e.File), e.Message);
        }
    }

    private DatasetException Damaged(int slice, string found) => new(
        "slice-damaged",
        $"The folder {Path.GetFileName(folder.Of(slice))} of the run does not hold what its worker wrote: {found} "
            + "Remove that folder and start a worker again: the slice is then done anew.");

    // Tables are of slices with customers.
    private IEnumerable<string> Expected(bool any) => s_tables.Select(t => t.File)
        .Where(f => any && (job.Since is not null || f != SliceFolder.Changes)).Append(SliceFolder.Rules);

    private IEnumerable<string> Files(string name) =>
        Enumerable.Range(0, run.Slices).Select(k => Path.Combine(folder.Of(k), name)).Where(File.Exists);

    private static void Json<T>(string folder, string name, T document) =>
        AtomicFile.Write(Path.Combine(folder, name), stream => JsonSerializer.Serialize(stream, document, s_json));
}

/// <summary>A run that is over.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Slices">Slices put together.</param>
/// <param name="AsOf">As of when.</param>
/// <param name="Since">The earlier time; null = none.</param>
/// <param name="Model">Name and version.</param>
/// <param name="Customers">Customers scored.</param>
/// <param name="Accuracy">How exact the portfolio is.</param>
/// <param name="Tables">Tables written.</param>
/// <param name="ChangedMeanwhile">Whether the data changed while the run was on.</param>
internal sealed record MergedRun(
    string Id, int Slices, string AsOf, string? Since, string Model, int Customers, Accuracy Accuracy, IReadOnlyList<string> Tables,
    bool ChangedMeanwhile);

/// <summary>How exact a portfolio from slices is; what is not named is exact.</summary>
/// <param name="SharesWithin">
/// Most that shares of the best customers, the Lorenz curve and the Gini coefficient differ; thresholds of spend in
/// <c>categoryThresholds</c> are the best of those that lie so far apart.
/// </param>
/// <param name="RulesCutShort">What <c>association</c> and <c>categoryThresholds</c> lack; all 0 = nothing.</param>
internal sealed record Accuracy(double SharesWithin, RulesCutShort RulesCutShort);
