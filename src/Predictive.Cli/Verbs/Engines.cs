using Predictive.Learning.BuiltIn;
using System.CommandLine;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Learning;
using Predictive.MLNet;

namespace Predictive.Cli.Verbs;

/// <summary>The learning engines, and the options that choose among them: <c>--engine</c>, <c>--engines</c> and <c>--trainer</c>.</summary>
internal sealed class Engines
{
    /// <summary>Their names, the default first.</summary>
    public static readonly IReadOnlyList<string> Names = [BuiltInEngine.EngineName, MLNetEngine.EngineName];

    private readonly string[] _standard;
    private readonly Option<string?> _engine = CommonOptions.Engine();
    private readonly Option<string?> _engines;
    private readonly Option<string?> _trainer = new("--trainer")
    {
        Description = $"What learns mlnet's boosted trees: {MLNetEngine.FastTree} (default) or {MLNetEngine.LightGbm}.",
        HelpName = $"{MLNetEngine.FastTree}|{MLNetEngine.LightGbm}",
    };

    private Engines(string several, string[] standard)
    {
        _standard = standard;
        _engines = new Option<string?>("--engines")
        {
            Description = several + (standard.Length > 1 ? $" Default: {string.Join(',', standard)}." : ""),
            HelpName = string.Join(',', Names),
        };
    }

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="several">Help text of <c>--engines</c>: what the verb does with several.</param>
    /// <param name="standard">Engines used where none is named.</param>
    public static Engines AddTo(Command command, string several, params string[] standard)
    {
        var engines = new Engines(several, standard);
        command.Add(engines._engine);
        command.Add(engines._engines);
        command.Add(engines._trainer);
        return engines;
    }

    /// <summary>The engines asked for, in the order named.</summary>
    /// <exception cref="RefusedInputException">A name is unknown or stands twice, or the options contradict each other.</exception>
    /// <exception cref="LearningException">The trainer cannot run on this machine.</exception>
    public IReadOnlyList<ILearningEngine> Chosen(ParseResult parsed) =>
        Choose(parsed.GetValue(_engine), parsed.GetValue(_engines), parsed.GetValue(_trainer), _standard);

    /// <summary>The engines that settings ask for.</summary>
    /// <exception cref="RefusedInputException">A name is unknown or stands twice, or the settings contradict each other.</exception>
    /// <exception cref="LearningException">The trainer cannot run on this machine.</exception>
    public static IReadOnlyList<ILearningEngine> Chosen(SettingValues values, params string[] standard) =>
        Choose(values.Find(Settings.Engine), values.Find(Settings.Engines), values.Find(Settings.Trainer), standard);

    private static ILearningEngine[] Choose(string? engine, string? engines, string? trainer, string[] standard)
    {
        if (engine is not null && engines is not null)
        {
            throw new RefusedInputException(
                "--engine and --engines are both given; expected one of them: --engine for one engine, --engines for several, separated "
                    + "by commas.");
        }

        string[] names = (engines ?? engine)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? standard;
        if (names.Length == 0 || names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
        {
            throw new RefusedInputException(
                $"--engines is '{string.Join(',', names)}'; expected each engine once, such as {string.Join(',', Names)}.");
        }

        ILearningEngine[] chosen = [.. names.Select(n => Get(n, trainer))];
        return trainer is null || chosen.Any(e => e.Trainer is not null)
            ? chosen
            : throw new RefusedInputException(
                $"--trainer {trainer} chooses among the trainers of '{MLNetEngine.EngineName}'; the engine '{chosen[0].Name}' has one of "
                    + $"its own. Add --engine {MLNetEngine.EngineName}, or leave --trainer out.");
    }

    /// <summary>The named engine.</summary>
    /// <exception cref="RefusedInputException">There is no such engine.</exception>
    public static ILearningEngine Get(string? name, string? trainer = null) => (name ?? BuiltInEngine.EngineName).ToLowerInvariant() switch
    {
        BuiltInEngine.EngineName => new BuiltInEngine(),
        MLNetEngine.EngineName => new MLNetEngine(trainer ?? MLNetEngine.FastTree),
        _ => throw new RefusedInputException(
            $"There is no engine '{name}'; expected {string.Join(" or ", Names)}. See: predictive engines"),
    };
}
