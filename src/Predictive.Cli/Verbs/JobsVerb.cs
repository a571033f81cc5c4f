using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Store.Jobs;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive jobs list|show|cancel</c>: what workers do and did.</summary>
internal static class JobsVerb
{
    public static Command Create(VerbContext context) => new("jobs", "What training workers do and did: stages, progress, log, result.")
    {
        List(context), Show(context), Cancel(context),
    };

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<int> top = CommonOptions.Top("Newest jobs to show.", 50);
        Option<bool> json = CommonOptions.Json();
        var name = new Option<string?>("--name") { Description = "Only this model's. Default: all." };
        var command = new Command("list", "The newest jobs, newest first.") { name, top, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<Job> jobs = Book(context, parsed.GetValue(store), parsed.GetRequiredValue(models))
                .List(parsed.GetValue(top), parsed.GetValue(name));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(jobs);
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable(">job", "model", "data", "because of", "state", ">attempt", "asked (UTC)", ">took", "stage");
            foreach (Job j in jobs)
            {
                table.AddRow(
                    j.Id.ToString(CultureInfo.InvariantCulture), Markup.Escape(j.Name), Markup.Escape(j.Data ?? ""), j.Cause, StateOf(j),
                    j.Attempt.ToString(CultureInfo.InvariantCulture), Time(j.CreatedAt), Took(j), Markup.Escape(StageOf(j)));
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }

    private static Command Show(VerbContext context)
    {
        var id = new Argument<long>("ID") { Description = "As 'jobs list' shows it." };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("show", "One job: stages, figures, log, what came of it.") { id, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            JobBook book = Book(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            Job job = book.Find(parsed.GetValue(id)) ?? throw NoJob(parsed.GetValue(id));
            IReadOnlyList<JobLine> lines = book.Lines(job.Id);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { Job = job, Log = lines });
                return ExitCode.Done;
            }

            UserConsole console = context.Console;
            console.Heading($"job {job.Id}: {job.Kind} {job.Name}, {StateOf(job)}");
            console.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"asked by {job.Actor} ({job.Cause}) at {Time(job.CreatedAt)} UTC, data {job.Data ?? "unknown"}, attempt {job.Attempt}"));
            foreach (JobStage stage in job.Stages)
            {
                console.Line(string.Create(
                    CultureInfo.InvariantCulture, $"  {stage.Name}: {(stage.Seconds is { } s ? $"{s:0.0} s" : $"{job.Fraction:P0}")}"));
            }

            foreach (var (figure, value) in job.Figures.OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                console.Line(string.Create(CultureInfo.InvariantCulture, $"  {figure} {value:0.####}"));
            }

            foreach (JobLine line in lines)
            {
                console.Line($"{Time(line.At)} {line.Text}");
            }

            if (job.Message is { } message)
            {
                console.Line(message);
            }

            if (job.Result is { } result)
            {
                console.Line(result.GetRawText());
            }

            return ExitCode.Done;
        });
    }

    private static Command Cancel(VerbContext context)
    {
        var id = new Argument<long>("ID") { Description = "As 'jobs list' shows it." };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("cancel", "End a job: at once where it waits; where it runs, its worker ends it within seconds.")
        {
            id, models, store, json,
        };
        return command.Does(context, (parsed, _) =>
        {
            JobBook book = Book(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            Job job = book.Cancel(parsed.GetValue(id), StoreAccess.Actor) ?? throw NoJob(parsed.GetValue(id));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(job);
            }
            else
            {
                context.Console.Line($"job {job.Id} is {StateOf(job)}");
            }

            return ExitCode.Done;
        });
    }

    private static JobBook Book(VerbContext context, string? store, string models) => new(StoreAccess.Existing(context, store, models));

    private static RefusedInputException NoJob(long id) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There is no job {id}; 'predictive jobs list' shows those there are."));

    private static string StateOf(Job job) =>
        job.State.ToString().ToLowerInvariant()
            + (job.IsLost ? ", its worker is dead" : job is { CancelRequested: true, IsOver: false } ? ", being cancelled" : "");

    private static string StageOf(Job job) => job.IsOver ? job.Message ?? "" : job.Stage is { } stage
        ? string.Create(CultureInfo.InvariantCulture, $"{stage} {job.Fraction:P0}")
        : "";

    private static string Took(Job job) => job is { StartedAt: { } from, EndedAt: { } to }
        ? string.Create(CultureInfo.InvariantCulture, $"{(to - from).TotalSeconds:0.0} s")
        : "";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
