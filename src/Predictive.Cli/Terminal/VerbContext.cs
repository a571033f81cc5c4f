namespace Predictive.Cli.Terminal;

/// <summary>What a verb needs of the outside world.</summary>
/// <param name="Console">Where it writes.</param>
/// <param name="Clock">The wall clock, for what concerns people today (freshness, schedules), never for features.</param>
public sealed record VerbContext(UserConsole Console, TimeProvider Clock);
