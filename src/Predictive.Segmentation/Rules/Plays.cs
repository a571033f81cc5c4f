namespace Predictive.Segmentation.Rules;

/// <summary>What to do about a customer.</summary>
/// <param name="Goal">What to reach.</param>
/// <param name="Action">How.</param>
/// <param name="Channel">By which way.</param>
/// <param name="Resources">low, medium or high.</param>
public sealed record Play(string Goal, string Action, string Channel, string Resources);

/// <summary>One row of the table of plays: the first row that fits a customer is theirs.</summary>
/// <param name="Play">What to do.</param>
public sealed record PlayRule(Play Play)
{
    /// <summary>Churn bands it is for (<see cref="ChurnBand.Names"/>); null = any.</summary>
    public IReadOnlyList<string>? Risk { get; init; }

    /// <summary>Cells of the value matrix it is for; null = any.</summary>
    public IReadOnlyList<ValueMatrixCell>? Cells { get; init; }

    /// <summary>Lifecycle stages it is for; null = any.</summary>
    public IReadOnlyList<LifecycleStage>? Stages { get; init; }

    /// <summary>Whether it is for such a customer.</summary>
    public bool Fits(string risk, ValueMatrixCell cell, LifecycleStage stage) =>
        (Risk is null || Risk.Contains(risk)) && (Cells is null || Cells.Contains(cell)) && (Stages is null || Stages.Contains(stage));
}

/// <summary>What to do about everyone of one band of a model, whatever else is known of them.</summary>
/// <param name="Model">value (bands A, B, C), lifecycle (its stages) or the name of an attribute such as wealth.</param>
/// <param name="Band">The band.</param>
/// <param name="Play">What to do.</param>
public sealed record BandPlay(string Model, string Band, Play Play);

/// <summary>The editable table of plays.</summary>
public sealed record PlayOptions
{
    private static readonly string[] s_high = ["high"], s_raised = ["medium", "high"];
    private static readonly ValueMatrixCell[] s_valuable = [ValueMatrixCell.Star, ValueMatrixCell.CashCow];
    private static readonly LifecycleStage[] s_gone = [LifecycleStage.Left], s_once = [LifecycleStage.Acquired],
        s_silent = [LifecycleStage.Declining, LifecycleStage.Left];

    /// <summary>
    /// The rows, most special first; together they must fit every combination of risk, cell and stage, and each must be the first for some.
    /// Default: the plays of the value matrix and of the lifecycle, sharpened where a customer is about to leave.
    /// </summary>
    public IReadOnlyList<PlayRule> Rules { get; init; } =
    [
        new(new Play("win back", "call, ask why, make a personal offer for a return", "phone", "high"))
        {
            Risk = s_raised, Cells = s_valuable, Stages = s_gone,
        },
        new(new Play("activate anew", "one strong win-back offer, then leave in peace", "email", "low"))
        {
            Risk = s_raised, Stages = s_gone,
        },
        new(new Play("win the next order", "thank in person and give a reason to come back soon", "phone", "medium"))
        {
            Risk = s_raised, Cells = s_valuable, Stages = s_once,
        },
        new(new Play("win the next order", "welcome series with an offer for the next order", "email", "low"))
        {
            Risk = s_raised, Stages = s_once,
        },
        new(new Play("keep", "senior account manager calls, finds out what is wrong and mends it", "personal contact", "high"))
        {
            Risk = s_raised, Cells = [ValueMatrixCell.Star],
        },
        new(new Play("keep", "call, ask how satisfied they are, settle what is open", "phone", "medium"))
        {
            Risk = s_raised, Cells = [ValueMatrixCell.CashCow],
        },
        new(new Play("wake", "offer from the preferred category, an entry-level product beside it", "email", "medium"))
        {
            Risk = s_raised, Cells = [ValueMatrixCell.Potential],
        },
        new(new Play("win back at the first signs", "one automatic reminder, no discount", "email", "low")) { Risk = s_high },
        new(new Play("watch", "automatic reminder at the usual time of ordering", "email", "low")) { Risk = s_raised },
        new(new Play("remind", "a friendly reminder of what they like; they usually come back by themselves", "email", "low")) { Stages =
            s_silent },
        new(new Play("next order", "show what goes with the first purchase", "email", "low"))
        {
            Cells = [ValueMatrixCell.Potential, ValueMatrixCell.Problem], Stages = s_once,
        },
        new(new Play(
            "strategic partnership", "dedicated team of senior people, regular meetings of executives, tailored solutions, first to "
                + "test what is new",
            "personal contact", "high"))
            {
                Cells = [ValueMatrixCell.Star],
            },
        new(new Play("satisfied at low cost", "standard service with a promise of time, satisfaction survey, routine by machine; hold, "
            + "do not push",
            "email", "medium"))
        {
            Cells = [ValueMatrixCell.CashCow],
        },
        new(new Play("develop", "a development plan: content, seminars, entry-level products; watch signs of growth and step in",
            "email", "medium"))
        {
            Cells = [ValueMatrixCell.Potential],
        },
        new(new Play("least cost", "self-service and answers by machine, a floor under spending; where it does not fit, guide out",
            "self-service", "low")),
    ];

    /// <summary>Plays of single models, beside the table: bands of value, of the lifecycle, of an attribute such as wealth.</summary>
    public IReadOnlyList<BandPlay> Bands { get; init; } =
    [
        new("value", "A", new Play("keep the best", "own account manager, closed events, regular visits", "personal contact", "high")),
        new("value", "B", new Play("grow into A", "new and value-added products, follow-up", "phone", "medium")),
        new("value", "C", new Play("wake and convert", "automated waking and conversion, group mail", "email", "low")),
        new("wealth", "high", new Play("serve in person", "own adviser and tailored plans", "personal contact", "high")),
        new("wealth", "middle", new Play("fit the offer", "tailored products and offers", "phone", "medium")),
        new("wealth", "ordinary", new Play("make it easy", "convenient online service", "self-service", "low")),
        new("lifecycle", "acquired", new Play("activate", "a first purchase, or a core action such as registering", "email", "low")),
        new("lifecycle", "growing", new Play("second purchase, retention", "reasons to come again soon", "email", "medium")),
        new("lifecycle", "mature", new Play("raise basket and frequency", "larger baskets, more often, for longer", "email", "medium")),
        new("lifecycle", "declining", new Play("win back at the first signs", "ask what is missing, an offer in time", "phone", "medium")),
        new("lifecycle", "left", new Play("activate anew, harder", "a strong offer for a new beginning", "email", "low")),
    ];
}

/// <summary>A customer's play, and what it follows from.</summary>
/// <param name="Play">What to do.</param>
/// <param name="Why">Risk, value and lifecycle in plain words.</param>
public readonly record struct PlayResult(Play Play, string Why);

/// <summary>What to do about a customer, from churn risk, value matrix and lifecycle together, by one table.</summary>
public static class Plays
{
    /// <summary>The play of a customer.</summary>
    /// <param name="risk">Name of the churn band.</param>
    /// <param name="cell">Cell of the value matrix.</param>
    /// <param name="stage">Lifecycle stage.</param>
    /// <param name="options">A table that <see cref="Validate"/> accepted.</param>
    public static PlayResult Compute(string risk, ValueMatrixCell cell, LifecycleStage stage, PlayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Play play = options.Rules.First(r => r.Fits(risk, cell, stage)).Play;
        return new PlayResult(play, $"{risk} risk, {ValueOf(cell)}, {StageOf(stage)}");
    }

    /// <summary>The play of one band of a model; null = the table has none.</summary>
    public static Play? Of(string model, string band, PlayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Bands.FirstOrDefault(
            b => b.Model.Equals(model, StringComparison.OrdinalIgnoreCase) && b.Band.Equals(band,
                StringComparison.OrdinalIgnoreCase))?.Play;
    }

    /// <summary>Refuses a table that leaves somebody without a play, or has a row that is nobody's first.</summary>
    /// <exception cref="RulesException">The combinations or the rows concerned.</exception>
    public static void Validate(PlayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new List<string>();
        foreach (PlayRule rule in options.Rules)
        {
            faults.AddRange((rule.Risk ?? []).Where(r => !ChurnBand.Names.Contains(r))
                .Select(r => $"the play '{rule.Play.Goal}' is for the risk '{r}'; expected {string.Join(", ", ChurnBand.Names)}"));
        }

        faults.AddRange(options.Bands.GroupBy(b => (b.Model, b.Band)).Where(g => g.Count() > 1)
            .Select(g => $"the band '{g.Key.Band}' of '{g.Key.Model}' has two plays; expected one"));
        var used = new HashSet<int>();
        foreach (string risk in ChurnBand.Names)
        {
            foreach (ValueMatrixCell cell in Enum.GetValues<ValueMatrixCell>())
            {
                foreach (LifecycleStage stage in Enum.GetValues<LifecycleStage>())
                {
                    int first = options.Rules.ToList().FindIndex(r => r.Fits(risk, cell, stage));
                    if (first < 0)
                    {
                        faults.Add($"no play for {risk} risk, {ValueMatrix.NameOf(cell)}, {Lifecycle.NameOf(stage)}");
                    }

                    used.Add(first);
                }
            }
        }

        faults.AddRange(options.Rules.Where((_, i) => !used.Contains(i))
            .Select(r => $"the play '{r.Play.Goal}' is never the first that fits; move it up, or leave it out"));
        if (faults.Count > 0)
        {
            throw new RulesException("the table of plays", faults);
        }
    }

    private static string ValueOf(ValueMatrixCell cell) => cell switch
    {
        ValueMatrixCell.Star => "spends much and more to come",
        ValueMatrixCell.CashCow => "spends much, no more to come",
        ValueMatrixCell.Potential => "spends little, more to come",
        _ => "spends little, no more to come",
    };

    private static string StageOf(LifecycleStage stage) => stage switch
    {
        LifecycleStage.Acquired => "new",
        LifecycleStage.Growing => "ordering faster than before",
        LifecycleStage.Mature => "ordering in their rhythm",
        LifecycleStage.Declining => "silent for longer than usual",
        _ => "silent for very long",
    };
}
