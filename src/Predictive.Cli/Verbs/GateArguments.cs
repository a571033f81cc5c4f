using System.CommandLine;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Worker.Gate;

namespace Predictive.Cli.Verbs;

/// <summary>The options of the gate: <c>--accept</c> and <c>--promote</c>.</summary>
internal sealed class GateArguments
{
    private readonly Option<string?> _accept = Accept();

    private readonly Option<Promotion> _promote = new("--promote")
    {
        Description = Settings.Promote.Meaning, DefaultValueFactory = _ => Promotion.Auto,
    };

    private GateArguments()
    {
    }

    /// <summary><c>--accept</c> alone, of a verb that promotes nothing. Read it with <see cref="Accepting"/>.</summary>
    public static Option<string?> Accept() => new("--accept")
    {
        Description = Settings.Accept.Meaning, HelpName = Settings.Accept.HelpName,
    };

    /// <summary>The gate that accepts the codes named.</summary>
    public static GateOptions Accepting(string? codes) => new()
    {
        Accept = codes?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
    };

    /// <summary>Adds them to a verb.</summary>
    public static GateArguments AddTo(Command command)
    {
        var arguments = new GateArguments();
        command.Add(arguments._accept);
        command.Add(arguments._promote);
        return arguments;
    }

    /// <summary>What the gate said of a version.</summary>
    public static void Show(UserConsole console, TrainRun run) => Show(
        console, run.Verdict?.Notes ?? [], run.Verdict?.Accepted ?? [], run.Verdict?.Reasons ?? [], run.IsHeld);

    /// <summary>The same, in its parts.</summary>
    public static void Show(
        UserConsole console, IReadOnlyList<string> notes, IReadOnlyList<GateReason> accepted, IReadOnlyList<GateReason> reasons,
        bool isHeld)
    {
        foreach (string line in notes)
        {
            console.Line($"gate: {line}");
        }

        foreach (GateReason reason in accepted)
        {
            console.Line($"gate: accepted, {reason.Code}: {reason.Text}");
        }

        foreach (GateReason reason in reasons)
        {
            console.Line($"{(isHeld ? "held" : "gate")}, {reason.Code}: {reason.Text}");
        }
    }

    /// <summary>Who decides.</summary>
    public Promotion PromotionOf(ParseResult parsed) => parsed.GetValue(_promote);

    /// <summary>The gate asked for.</summary>
    public GateOptions Gate(ParseResult parsed) => Accepting(parsed.GetValue(_accept));

    /// <summary>The gate that settings ask for.</summary>
    public static GateOptions Gate(SettingValues values) => new() { Accept = values.Find(Settings.Accept) ?? [] };
}
