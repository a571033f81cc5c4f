using System.CommandLine;
using Cronos;
using Predictive.Cli.Terminal;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary>When a worker trains, what it keeps and what it writes: the options that <c>worker</c> and <c>up</c> share.</summary>
internal sealed class WorkerArguments
{
    private readonly Option<string?> _schedule;

    private readonly Option<string> _zone = new("--zone")
    {
        Description = "Time zone of the schedule, as an IANA name.", HelpName = "ZONE", DefaultValueFactory = _ => "UTC",
    };

    private readonly Option<TimeSpan?> _onNewData = CommonOptions.Duration(
        "--on-new-data", "Also retrain when files of the dataset have changed and then stood still for this long.");

    private readonly Option<TimeSpan?> _onDrift = CommonOptions.Duration(
        "--on-drift", "The same, but only where the data has drifted from what the champion learned (see: predictive drift).");

    private readonly Option<int> _keepJobs = CommonOptions.Days("--keep-jobs", "How long jobs that are over are kept.", 90);

    private readonly Option<int?> _keep = new("--keep")
    {
        Description =
            "Newest versions to keep; champion, previous, challenger, pinned ones and the newest of each month stay too. Default: all "
                + "versions stay.",
        HelpName = "N",
    };

    private readonly Option<int?> _keepEvents = new("--keep-events")
    {
        Description =
            "Days that events stay in the store once the dataset's files hold them. Default: for ever. A sender that repeats an event "
                + "after that is taken at its word.",
        HelpName = "DAYS",
    };

    private readonly Option<string?> _results = new("--results")
    {
        Description = "Folder for what follows a training: backtest page, scores, who changed segments. Default: nothing is written.",
        HelpName = "DIR",
    };

    private readonly Option[] _all;

    private WorkerArguments(string? schedule)
    {
        _schedule = new("--schedule")
        {
            Description = "When to retrain, as a cron expression in the zone; none = at no set time.", HelpName = "CRON",
            DefaultValueFactory = _ => schedule ?? "none",
        };
        _all = [_schedule, _zone, _onNewData, _onDrift, _keepJobs, _keep, _keepEvents, _results];
    }

    /// <summary>Adds them to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="schedule">Where none is given; null = none.</param>
    public static WorkerArguments AddTo(Command command, string? schedule)
    {
        var arguments = new WorkerArguments(schedule);
        foreach (Option<int?> count in (Option<int?>[])[arguments._keep, arguments._keepEvents])
        {
            count.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int?>() is < 1)
                {
                    result.AddError($"{count.Name} expects a number of at least 1.");
                }
            });
        }

        arguments._all.ToList().ForEach(command.Add);
        return arguments;
    }

    /// <summary>Refuses what cannot be followed, before any work is done.</summary>
    /// <exception cref="RefusedInputException">A schedule that cannot be read or never fires, or two answers to new data.</exception>
    public void Validate(ParseResult parsed, VerbContext context) => Read(parsed, context);

    /// <summary>A job with what was asked for.</summary>
    /// <exception cref="RefusedInputException">As for <see cref="Validate"/>.</exception>
    public WorkerJob Apply(WorkerJob job, ParseResult parsed, VerbContext context)
    {
        (CronExpression? schedule, TimeZoneInfo zone) = Read(parsed, context);
        return job with
        {
            Schedule = job.Once ? null : schedule, Zone = zone, OnNewData = parsed.GetValue(_onNewData),
            OnDrift = parsed.GetValue(_onDrift),
            KeepJobs = TimeSpan.FromDays(parsed.GetValue(_keepJobs)), Keep = parsed.GetValue(_keep),
            KeepEvents = parsed.GetValue(_keepEvents) is { } days ? TimeSpan.FromDays(days) : null, Output = parsed.GetValue(_results),
        };
    }

    /// <summary>The same options on another verb's command line.</summary>
    public IEnumerable<string> Again(ParseResult parsed) =>
        _all.Where(o => parsed.GetResult(o) is { Implicit: false })
            .SelectMany(o => parsed.GetResult(o)!.Tokens.Select(t => t.Value).Prepend(o.Name));

    private (CronExpression? Schedule, TimeZoneInfo Zone) Read(ParseResult parsed, VerbContext context)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(parsed.GetRequiredValue(_zone), out TimeZoneInfo? zone))
        {
            throw new RefusedInputException(
                $"--zone is '{parsed.GetValue(_zone)}', which this system does not know; expected an IANA name such as Europe/Paris.");
        }

        CronExpression? schedule = null;
        if (parsed.GetValue(_schedule) is { } cron && cron != "none")
        {
            if (!CronExpression.TryParse(cron, out schedule))
            {
                throw new RefusedInputException(
                    $"--schedule is '{cron}'; expected five cron fields such as '0 3 * * *' (03:00 every day), or none.");
            }

            if (schedule.GetNextOccurrence(context.Clock.GetUtcNow(), zone) is null)
            {
                throw new RefusedInputException($"--schedule '{cron}' never fires; expected a time that comes, such as '0 3 * * *'.");
            }
        }

        return parsed.GetValue(_onNewData) is not null && parsed.GetValue(_onDrift) is not null
            ? throw new RefusedInputException(
                "--on-new-data trains on whatever is new, --on-drift only where it has drifted; expected one of them.")
            : (schedule, zone);
    }
}
