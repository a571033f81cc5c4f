using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.Worker;
using Predictive.Worker.Gate;

namespace Predictive.Cli.Verbs;

/// <summary>The options of the gate: <c>--accept</c> and <c>--promote</c>.</summary>
internal sealed class GateArguments
{
    private readonly Option<string?> _accept = new("--accept")
    {
        Description = "Reasons of the gate that are known and wanted, by code, separated by commas: told, but nothing is held for them.",
        HelpName = "CODE,...",
    };

    private readonly Option<Promotion>? _promote;

    private GateArguments(bool promote) => _promote = !promote ? null : new("--promote")
    {
        Description = "Who decides whether the version serves: auto = the gate, never = nobody, force = you, whatever the gate says.",
        DefaultValueFactory = _ => Promotion.Auto,
    };

    /// <summary>Adds them to a verb.</summary>
    public static GateArguments AddTo(Command command, bool promote)
    {
        var arguments = new GateArguments(promote);
        command.Add(arguments._accept);
        if (arguments._promote is { } option)
        {
            command.Add(option);
        }

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

    /// <summary>The same options on another verb's command line.</summary>
    public IEnumerable<string> Again(ParseResult parsed)
    {
        if (parsed.GetValue(_accept) is { } codes)
        {
            yield return "--accept";
            yield return codes;
        }

        if (_promote is not null)
        {
            yield return "--promote";
            yield return PromotionOf(parsed).ToString();
        }
    }

    /// <summary>Who decides.</summary>
    public Promotion PromotionOf(ParseResult parsed) => _promote is null ? default : parsed.GetValue(_promote);

    /// <summary>The gate asked for.</summary>
    public GateOptions Gate(ParseResult parsed) =>
        new()
        {
            Accept = parsed.GetValue(_accept)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
}
