namespace Predictive.History.Import;

/// <summary>
/// What the numbers of a file say of its decimal sign. <c>12.5</c>, <c>0.125</c> and <c>1234.567</c> prove the point, <c>2.350</c> says
/// nothing: it may be two and a third or two thousand.
/// </summary>
internal sealed class DecimalEvidence
{
    private byte _doubtfulMark;

    /// <summary>Numbers that the sign in force explains and the other does not.</summary>
    public long Proofs { get; private set; }

    /// <summary>Numbers that only the other sign explains.</summary>
    public long OtherProofs { get; private set; }

    /// <summary>Numbers that both explain, with values a thousandfold apart.</summary>
    public long Doubtful { get; private set; }

    /// <summary>True where doubtful numbers have points in some places and commas in others.</summary>
    public bool DoubtIsMixed { get; private set; }

    /// <summary>Numbers without a sign, of up to three digits: such as stand beside <c>2.350</c> where that is two thousand.</summary>
    public long ShortPlain { get; private set; }

    /// <summary>Numbers without a sign, of four digits or more: whoever groups thousands would have grouped these.</summary>
    public long LongPlain { get; private set; }

    /// <summary>The first of each.</summary>
    public Witness? Proof { get; private set; }

    /// <summary>The first of each.</summary>
    public Witness? OtherProof { get; private set; }

    /// <summary>The first of each.</summary>
    public Witness? Doubt { get; private set; }

    /// <summary>The first rows read with the other sign.</summary>
    public List<long> FirstOther { get; } = [];

    /// <summary>A number without either sign.</summary>
    public void Plain(int digits)
    {
        ShortPlain += digits <= 3 ? 1 : 0;
        LongPlain += digits <= 3 ? 0 : 1;
    }

    /// <summary>One more proof of the sign in force.</summary>
    public void Proves(ReadOnlySpan<byte> text, long line, CsvEncoding encoding)
    {
        if (Proofs++ == 0)
        {
            Proof = new Witness(line, CsvEncodings.Decode(text, encoding));
        }
    }

    /// <summary>One more proof of the other sign.</summary>
    public void ProvesOther(ReadOnlySpan<byte> text, long line, CsvEncoding encoding)
    {
        OtherProof ??= new Witness(line, CsvEncodings.Decode(text, encoding));
        if (OtherProofs++ < 5)
        {
            FirstOther.Add(line);
        }
    }

    /// <summary>One more that may be either.</summary>
    public void Doubts(ReadOnlySpan<byte> text, long line, CsvEncoding encoding)
    {
        if (Doubtful++ == 0)
        {
            Doubt = new Witness(line, CsvEncodings.Decode(text, encoding));
            _doubtfulMark = text.Contains((byte)',') ? (byte)',' : (byte)'.';
        }

        DoubtIsMixed |= !text.Contains(_doubtfulMark);
    }
}
