namespace Predictive.History.Import;

/// <summary>A row that shows how a file is written.</summary>
/// <param name="Line">Its line number.</param>
/// <param name="Text">The value.</param>
internal readonly record struct Witness(long Line, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {Line:N0} '{Text}'");
}

/// <summary>
/// The formats of a time column: the one that most rows have, others that cannot be mistaken for it, and rivals (day and month the other
/// way round), which read nothing here but whose success proves that the file mixes both.
/// </summary>
/// <param name="primary">The format of most rows.</param>
/// <param name="others">Formats that read what the first does not.</param>
/// <param name="rivals">Formats of the opposite order.</param>
internal sealed class TimeReader(TimeFormat primary, IReadOnlyList<TimeFormat> others, IReadOnlyList<TimeFormat> rivals)
{
    /// <summary>The format of most rows.</summary>
    public TimeFormat Primary => primary;

    /// <summary>The first row only the primary order reads; null = none was looked for or met.</summary>
    public Witness? Proof { get; init; }

    /// <summary>The first row only a rival reads.</summary>
    public Witness? Contradiction { get; private set; }

    /// <summary>How that one reads it.</summary>
    public string? ContradictionFormat { get; private set; }

    /// <summary>How often that happened.</summary>
    public long Contradictions { get; private set; }

    /// <summary>Rows another format read.</summary>
    public long ByOthers { get; private set; }

    /// <summary>The first rows of those.</summary>
    public List<long> FirstByOthers { get; } = [];

    /// <summary>Reads one time.</summary>
    /// <param name="text">Without outer blanks.</param>
    /// <param name="line">Its line number.</param>
    /// <param name="micros">Local microseconds since 1970-01-01T00:00.</param>
    public bool TryParse(
        ReadOnlySpan<byte> text, long line, out long micros) => primary.TryParse(text, out micros) || TryOthers(text, line, out micros);

    private bool TryOthers(ReadOnlySpan<byte> text, long line, out long micros)
    {
        foreach (TimeFormat other in others)
        {
            if (other.TryParse(text, out micros))
            {
                if (ByOthers++ < 5)
                {
                    FirstByOthers.Add(line);
                }

                return true;
            }
        }

        micros = 0;
        foreach (TimeFormat rival in rivals)
        {
            if (rival.TryParse(text, out _))
            {
                Contradictions++;
                Contradiction ??= new Witness(line, System.Text.Encoding.UTF8.GetString(text));
                ContradictionFormat ??= rival.Describe(text);
                break;
            }
        }

        return false;
    }
}
