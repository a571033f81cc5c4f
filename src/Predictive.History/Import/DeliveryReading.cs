namespace Predictive.History.Import;

/// <summary>What an import takes a column for.</summary>
/// <param name="Canonical">Canonical name, such as <c>amount</c>.</param>
/// <param name="Source">Column of the file.</param>
/// <param name="Examples">Its values in the first rows.</param>
public sealed record DeliveryColumn(string Canonical, string Source, IReadOnlyList<string> Examples);

/// <summary>What can be read in two ways, and the ways.</summary>
/// <param name="Text">The question.</param>
/// <param name="Choices">The ways, the likeliest first; an answer is an index into them.</param>
public sealed record DeliveryQuestion(string Text, IReadOnlyList<string> Choices);

/// <summary>What an import of a file would do, before anything is written beside the data.</summary>
/// <param name="Preset">The export that was recognised; null = none.</param>
/// <param name="Columns">What is taken for what.</param>
/// <param name="Unused">Columns that are not used.</param>
/// <param name="Notes">What was taken on less than a name.</param>
/// <param name="Question">What must be answered first; null = nothing more.</param>
/// <param name="Refusal">Why the file cannot be imported as it is; null = it can, or a question is open.</param>
/// <param name="Report">What would be kept and left out; null where it was not read to the end.</param>
public sealed record DeliveryPreview(
    string? Preset, IReadOnlyList<DeliveryColumn> Columns, IReadOnlyList<string> Unused, IReadOnlyList<string> Notes,
    DeliveryQuestion? Question, string? Refusal, ImportReport? Report);

/// <summary>
/// A file read for somebody who is not at a terminal: questions go out, answers come back as numbers, in the order of the questions.
/// </summary>
public static class DeliveryReading
{
    /// <summary>Reads the whole file into a scratch folder, as an import would.</summary>
    /// <param name="options">The file, and the clock of the dataset; nothing else needs to be said.</param>
    /// <param name="answers">To the questions so far.</param>
    /// <param name="scratch">An empty folder, or one that may be replaced.</param>
    /// <param name="progress">How far it is.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">The file cannot be looked into at all.</exception>
    public static DeliveryPreview Preview(
        ImportOptions options, IReadOnlyList<int> answers, string scratch, IProgress<ImportProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(answers);
        ImportPlan plan = ImportPlan.Of(options with { OutputFolder = scratch, Existing = ExistingData.Overwrite });
        var shown = new DeliveryPreview(
            plan.Preset, [.. plan.Columns.Select(c => new DeliveryColumn(c.Canonical, c.Source, c.Examples))], plan.Unused, plan.Notes,
            null, null, null);
        try
        {
            (ImportReport? report, MappingDoubt? open) = Read(plan, answers, progress, cancellation);
            return shown with
            {
                Report = report,
                Question = open is null ? null : new DeliveryQuestion(open.Question, [.. open.Choices.Select(c => c.Text)]),
            };
        }
        catch (DatasetException e)
        {
            return shown with { Refusal = e.Message };
        }
    }

    /// <summary>Imports a file whose questions are answered.</summary>
    /// <param name="options">As for the preview, with the folder to write.</param>
    /// <param name="answers">To all questions.</param>
    /// <param name="progress">How far it is.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">The file or the dataset refuses, or a question is open.</exception>
    public static ImportReport Import(
        ImportOptions options, IReadOnlyList<int> answers, IProgress<ImportProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(answers);
        (ImportReport? report, MappingDoubt? open) = Read(ImportPlan.Of(options), answers, progress, cancellation);
        return report ?? throw new DatasetException("open-question", $"{open!.Question} Answer it first: {open.Flags}.");
    }

    private static (ImportReport? Report, MappingDoubt? Open) Read(
        ImportPlan plan, IReadOnlyList<int> answers, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        ImportOptions options = plan.Options;
        var left = new Queue<int>(answers);
        bool Answer(MappingDoubt doubt)
        {
            if (!left.TryDequeue(out int choice) || choice < 0 || choice >= doubt.Choices.Count)
            {
                return false;
            }

            options = doubt.Choices[choice].Apply(options);
            return true;
        }

        foreach (MappingDoubt doubt in plan.Doubts)
        {
            if (!Answer(doubt))
            {
                return (null, doubt);
            }
        }

        while (true)
        {
            try
            {
                return (CsvImport.Run(options, progress, cancellation), null);
            }
            catch (DatasetException e) when (FormatDoubt.Of(e) is { } doubt)
            {
                if (!Answer(doubt))
                {
                    return (null, doubt);
                }
            }
        }
    }
}
