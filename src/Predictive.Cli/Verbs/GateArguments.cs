using System.CommandLine;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Worker.Gate;

namespace Predictive.Cli.Verbs;

/// <summary>The options of the gate: <c>--accept</c> and <c>--promote</c>.</summary>
internal sealed class GateArguments
{
    private readonly Option<string?> _accept = new("--accept")
    {
        Description = Settings.Accept.Meaning, HelpName = Settings.Accept.HelpName,
    };

    private readonly Option<Promotion> _promote = new("--promote")
    {
        Description = Settings.Promote.Meaning, DefaultValueFactory = _ => Promotion.Auto,
    };

    private GateArguments()
    {
    }

    /// <summary>Adds them to a verb.</summary>
    public static GateArguments AddTo(Command command)
    {
        var arguments = new GateArguments();
        command.Add(arguments._accept);
        command.Add(arguments._promote);
        return arguments;
    }

    /// <summary>What the gate said of a version.</summary>
    public static void Show(UserConsole console, TrainRun run)
    {
        foreach (string line in run.Verdict?.Notes ?? [])
        {
            console.Line($"gate: {line}");
        }

        foreach (GateReason reason in run.Verdict?.Accepted ?? [])
        {
            console.Line($"gate: accepted, {reason.Code}: {reason.Text}");
        }

        foreach (GateReason reason in run.Verdict?.Reasons ?? [])
        {
            console.Line($"{(run.IsHeld ? "held" : "gate")}, {reason.Code}: {reason.Text}");
        }
    }

    /// <summary>Who decides.</summary>
    public Promotion PromotionOf(ParseResult parsed) => parsed.GetValue(_promote);

    /// <summary>The gate asked for.</summary>
    public GateOptions Gate(ParseResult parsed) =>
        new()
        {
            Accept = parsed.GetValue(_accept)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
        };

    /// <summary>The gate that settings ask for.</summary>
    public static GateOptions Gate(SettingValues values) => new() { Accept = values.Find(Settings.Accept) ?? [] };
}
