namespace Predictive.Worker.Gate;

/// <summary>
/// How far a delivery and a candidate may be from what was accepted before. Those of pace and amounts are replaced by learned ones once
/// <see cref="LearnedFrom"/> deliveries were accepted: mean ± <see cref="LearnedDeviations"/> standard deviations of the logarithms seen,
/// never narrower than <see cref="NarrowestPace"/> and <see cref="NarrowestAmount"/>.
/// </summary>
public sealed record GateOptions
{
    /// <summary>Change in the number of lines and customers, and in money, of the past that was accepted already. Default .02.</summary>
    public double Past { get; init; } = .02;

    /// <summary>Share of the remembered customers whose past may have changed. Default .03.</summary>
    public double ChangedCustomers { get; init; } = .03;

    /// <summary>Change of a remembered customer's lines or money that counts as one. Default .005.</summary>
    public double ChangedBy { get; init; } = .005;

    /// <summary>Largest factor between the pace of new lines and the pace before. Default 2.5.</summary>
    public double Pace { get; init; } = 2.5;

    /// <summary>Largest factor between the median amount of new lines and the one before. Default 1.6.</summary>
    public double Amount { get; init; } = 1.6;

    /// <summary>Change in shares (refunds, repeated lines, missing order ids or products) among new lines. Default .1.</summary>
    public double Share { get; init; } = .1;

    /// <summary>
    /// Half the sum of differences between the patterns of weekdays, or of hours, beyond twice what chance makes of so many customers.
    /// Default .15.
    /// </summary>
    public double Pattern { get; init; } = .15;

    /// <summary>
    /// New lines below which amounts, shares and patterns say nothing, and expected lines below which their pace does not. Default 100.
    /// </summary>
    public int FewestNewLines { get; init; } = 100;

    /// <summary>Days without a line at the end, beyond those that passed, from which data is missing. Default 14.</summary>
    public int SilentDays { get; init; } = 14;

    /// <summary>Standard errors by which the candidate's twin may be worse than the champion's. Default 3.</summary>
    public double Deviations { get; init; } = 3;

    /// <summary>Calibration error (mean absolute error of the churn probabilities in bins) by which it may be worse. Default .03.</summary>
    public double Calibration { get; init; } = .03;

    /// <summary>Change of the mean churn probability, log-odds, that time explains. Default 1.</summary>
    public double ChurnShift { get; init; } = 1;

    /// <summary>Factor between mean values predicted that time explains. Default 2.</summary>
    public double ValueShift { get; init; } = 2;

    /// <summary>Accepted deliveries from which bands are learned. Default 5.</summary>
    public int LearnedFrom { get; init; } = 5;

    /// <summary>Standard deviations of a learned band. Default 4.</summary>
    public double LearnedDeviations { get; init; } = 4;

    /// <summary>The narrowest learned band of pace, as a factor. Default 1.35.</summary>
    public double NarrowestPace { get; init; } = 1.35;

    /// <summary>The narrowest learned band of amounts, as a factor. Default 1.2.</summary>
    public double NarrowestAmount { get; init; } = 1.2;

    /// <summary>Codes of reasons that are known and wanted (<see cref="GateReason.Code"/>): told, but nothing is held for them.</summary>
    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>What a candidate is held for, and what <see cref="Accept"/> lets pass.</summary>
    internal (IReadOnlyList<GateReason> Reasons, IReadOnlyList<GateReason> Accepted) Divide(IReadOnlyList<GateReason> found) =>
        ([.. found.Where(r => !Accept.Contains(r.Code))], [.. found.Where(r => Accept.Contains(r.Code))]);
}

/// <summary>Why a candidate is held, or would be.</summary>
/// <param name="Code">Short and stable, for <c>--accept</c>.</param>
/// <param name="Text">What was found, what was expected, what to do.</param>
public sealed record GateReason(string Code, string Text);
