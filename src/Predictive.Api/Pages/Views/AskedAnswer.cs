using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Questions;

namespace Predictive.Api.Pages.Views;

/// <summary>What the page shows of a question.</summary>
/// <param name="Understood">How it was understood.</param>
/// <param name="Reading">The reading that is answered, from 1; 0 = none yet.</param>
/// <param name="Figures">The answer.</param>
/// <param name="Why">The answer, where it asks why.</param>
/// <param name="Refusal">Why there is none.</param>
public sealed record AskedAnswer(
    UnderstoodQuestion Understood, int Reading, QueryAnswer? Figures, ComparisonAnswer? Why, string? Refusal);
