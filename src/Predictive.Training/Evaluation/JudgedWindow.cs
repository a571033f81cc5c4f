using Predictive.Training.Snapshots;

namespace Predictive.Training.Evaluation;

/// <summary>A window and what was predicted for it without having seen it.</summary>
/// <param name="At">Its customers, with what they did.</param>
/// <param name="Churn">Churn probability per row.</param>
/// <param name="Value">Expected net spend per row.</param>
internal sealed record JudgedWindow(Snapshot At, double[] Churn, double[] Value);
