using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Questions;

/// <summary>One way to understand a question.</summary>
/// <param name="Query">The query that answers it.</param>
/// <param name="IsWhy">Whether it asks why the figure changed.</param>
/// <param name="Understood">The same in words, shown before the answer.</param>
/// <param name="Predicted">
/// What of it is a prediction, where a time within its days was asked for: also part of the words; null = nothing.
/// </param>
public sealed record QuestionReading(MetricQuery Query, bool IsWhy, string Understood, string? Predicted = null);

/// <summary>How a question was understood: one reading, several to choose from, or why there is none.</summary>
/// <param name="Question">As it was asked.</param>
/// <param name="Readings">One = it is answered; several = one must be chosen; none = it is refused.</param>
/// <param name="Refusal">What was not understood, and what can be asked; null = there is a reading.</param>
public sealed record UnderstoodQuestion(string Question, IReadOnlyList<QuestionReading> Readings, string? Refusal);
