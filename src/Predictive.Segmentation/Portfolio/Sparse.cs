namespace Predictive.Segmentation.Portfolio;

/// <summary>Counts of which most are 0, as bytes: the gap to the next one that is not, and it.</summary>
internal static class Sparse
{
    /// <summary>Writes them; how many there are is known to who reads.</summary>
    public static void Write(BinaryWriter to, ReadOnlySpan<int> counts)
    {
        int last = -1;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] != 0)
            {
                to.Write7BitEncodedInt(i - last);
                to.Write7BitEncodedInt(counts[i]);
                last = i;
            }
        }

        to.Write7BitEncodedInt(0);
    }

    /// <summary>Reads place and count of those that are not 0, ascending.</summary>
    /// <param name="from">Where they stand.</param>
    /// <param name="length">How many counts there are.</param>
    /// <param name="into">Replaced.</param>
    /// <exception cref="InvalidDataException">They are not of so many.</exception>
    public static void Read(BinaryReader from, int length, List<(int At, int Count)> into)
    {
        into.Clear();
        int at = -1;
        for (int gap = from.Read7BitEncodedInt(); gap != 0; gap = from.Read7BitEncodedInt())
        {
            at += gap;
            if ((uint)at >= (uint)length)
            {
                throw new InvalidDataException($"A count stands at place {at}; expected at most {length} of them.");
            }

            into.Add((at, from.Read7BitEncodedInt()));
        }
    }
}
