using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse.Copies;
using Predictive.Worker.Slices;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive worker --slices N --as-of DATE --out DIR</c>: one of many workers over the slices of one base, instead of retraining.
/// </summary>
internal sealed class WorkerSlices
{
    private readonly Option<int?> _slices = new("--slices")
    {
        Description = "Train nothing: score the customers in N slices, together with every other worker that is asked for the same "
            + "--out and --store, until all are done and put together. Needs --as-of and --out.",
        HelpName = "N",
    };

    private readonly Option<string?> _asOf = CommonOptions.AsOf(), _since = new("--since")
    {
        Description = "With --slices: an earlier date; who changed since, and the portfolio against it.", HelpName = "DATE",
    };

    private readonly Option<string> _version = CommonOptions.Version();

    private readonly Option<string?> _output = new("--out")
    {
        Description = "With --slices: the folder of the run, the same for all its workers.", HelpName = "DIR",
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = "With --slices: at the end, replace the tables NAME_scores, NAME_segments, NAME_portfolio and, with --since, "
            + "NAME_changes: clickhouse://HOST:8123/DB?table=NAME; of several servers each, separated by commas.",
        HelpName = "ADDRESS",
    };

    private readonly Option<int> _top = CommonOptions.Top("With --slices: length of the list of customers at risk.", 100);

    private readonly Option<TimeSpan?> _lease = CommonOptions.Duration(
        "--lease", "With --slices: how long a worker that was killed still holds its slice. Default: 30s.");

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _slices, _asOf, _since, _version, _output, _to, _top, _lease, _json })
        {
            command.Add(option);
        }
    }

    /// <summary>Whether slices are asked for.</summary>
    public bool IsAskedFor(ParseResult parsed)
    {
        if (parsed.GetValue(_slices) is not null)
        {
            return true;
        }

        Option? alone = new Option[] { _asOf, _since, _version, _output, _to, _top, _lease, _json }
            .FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
        return alone is null ? false : throw new RefusedInputException(
            $"{alone.Name} without --slices: a worker that retrains has no use for it. Add --slices N, or leave it out.");
    }

    /// <summary>Works until the run is done.</summary>
    public async Task<int> RunAsync(
        ParseResult parsed, SettingValues values, string data, VerbContext context, CancellationToken cancellation)
    {
        int slices = parsed.GetValue(_slices)!.Value;
        if (slices is < 1 or > HistorySlice.Most)
        {
            throw new RefusedInputException(string.Create(
                CultureInfo.InvariantCulture, $"--slices is {slices}; expected a number from 1 to {HistorySlice.Most}."));
        }

        LocalTime asOf = DatasetAccess.ParseAsOf(parsed.GetValue(_asOf), data) ?? throw new RefusedInputException(
            "--slices without --as-of: workers that begin at different times would speak of different days. Name the day.");
        LocalTime? since = DatasetAccess.ParseAsOf(parsed.GetValue(_since), data);
        if (since is { } earlier && !(earlier < asOf))
        {
            throw new RefusedInputException($"--since is {earlier} and the as-of {asOf}; expected an earlier date to compare with.");
        }

        string output = parsed.GetValue(_output) ?? throw new RefusedInputException(
            "--slices without --out: expected the folder that all workers of the run share. Name one.");
        if (parsed.GetValue(_to) is { } address)
        {
            WarehouseTable.Require(address);
        }

        MemoryLimit.Set(values.FindValue(Settings.Memory));
        var job = new SliceJob(
            data, slices, asOf, values.Get(Settings.Models), values.Get(Settings.Name), parsed.GetValue(_version)!, output,
            StoreAccess.Open(context, values.Find(Settings.Store), values.Get(Settings.Models)))
        {
            Since = since, Level = values.FindValue(Settings.Level), Top = parsed.GetValue(_top),
            Memory = values.FindValue(Settings.Memory), To = parsed.GetValue(_to),
            Lease = parsed.GetValue(_lease) ?? Store.Leases.LeaseBook.Standard,
        };
        SliceOutcome done = await Task.Run(() => new SliceWorker(job, context.Console.Note).RunAsync(cancellation), CancellationToken.None);
        if (done.ChangedMeanwhile)
        {
            context.Console.Note(
                "warning: the data changed while the run was on, so its slices are not of one state; expected data that rest. Run again "
                    + "with another --out.");
        }

        if (parsed.GetValue(_json))
        {
            context.Console.WriteJson(done);
            return ExitCode.Done;
        }

        context.Console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{done.Customers:N0} customers in {done.Slices} slices, {done.Done} of them by this worker"
                + $"{(done.Merged ? ", which put the result together" : "")}: {done.Result}"));
        foreach (string table in done.Tables)
        {
            context.Console.Line($"written to {table}");
        }

        return ExitCode.Done;
    }
}
