namespace Predictive.History.Import;

/// <summary>
/// What an import was refused for, as a question: where a file may be read in two ways, somebody at a terminal is asked instead.
/// </summary>
public static class FormatDoubt
{
    /// <summary>The question; null where the refusal has another reason, which no answer settles.</summary>
    /// <param name="refusal">What <see cref="CsvImport.Run"/> threw.</param>
    public static MappingDoubt? Of(DatasetException refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return refusal.Findings is not [{ Examples: { Count: > 1 } readings } finding] ? null : finding.Code switch
        {
            "ambiguous-decimal-mark" or "mixed-decimal-mark" => new MappingDoubt(
                $"Which is the decimal mark? {finding.Message}",
                "--decimal . or --decimal ,",
                [
                    new MappingChoice($"the point: {readings[0]}", o => o with { DecimalComma = false }),
                    new MappingChoice($"the comma: {readings[1]}", o => o with { DecimalComma = true }),
                ]),
            "ambiguous-time-format" or "mixed-time-order" => new MappingDoubt(
                $"In which order are day and month? {finding.Message}",
                string.Join(" or ", readings.Select(r => $"--time-format '{r}'")),
                [.. readings.Select(r => new MappingChoice(r, o => o with { TimeFormat = r }))]),
            "several-currencies" => new MappingDoubt(
                $"Which currency is kept? {finding.Message}",
                string.Join(" or ", readings.Select(r => $"--only {r}")),
                [.. readings.Select(r => new MappingChoice($"only {r}", o => o with { OnlyCurrency = r }))]),
            _ => null,
        };
    }
}
