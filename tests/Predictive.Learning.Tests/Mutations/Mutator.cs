namespace Predictive.Learning.Tests.Mutations;

/// <summary>Seeded damage to a payload.</summary>
internal static class Mutator
{
    /// <summary>One mutation: a cut, a splice with another payload, or up to three changed numbers.</summary>
    public static byte[] Mutate(byte[] sound, byte[] other, Random random)
    {
        byte[] bytes = random.Next(5) switch
        {
            0 => sound[..random.Next(sound.Length)],
            1 => [.. sound[..random.Next(sound.Length)], .. other[random.Next(other.Length)..]], // two payloads spliced
            2 => Cut(sound, random),
            _ => [.. sound],
        };
        for (int m = random.Next(0, 4); m > 0 && bytes.Length >= 8; m--)
        {
            // Half of the mutations hit the head, where the counts are.
            int at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Length - 7, 160) : bytes.Length - 7);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    BitConverter.TryWriteBytes(
                        bytes.AsSpan(at), random.Next(3) switch { 0 => int.MaxValue, 1 => -1, _ => random.Next(100_000) });
                    break;
                case 3:
                    BitConverter.TryWriteBytes(
                        bytes.AsSpan(at),
                        random.Next(4) switch { 0 => float.NaN, 1 => float.MaxValue, 2 => float.NegativeInfinity, _ => 1e-40f });
                    break;
                case 4:
                    BitConverter.TryWriteBytes(
                        bytes.AsSpan(at),
                        random.Next(4) switch { 0 => double.NaN, 1 => double.MaxValue, 2 => double.PositiveInfinity, _ => -1e300 });
                    break;
                default:
                    (bytes[at], bytes[at + 1]) = (bytes[at + 1], bytes[at]);
                    break;
            }
        }

        return bytes;
    }

    // A stretch is left out or stands twice.
    private static byte[] Cut(byte[] sound, Random random)
    {
        int from = random.Next(sound.Length), length = random.Next(Math.Min(16, sound.Length - from));
        return random.Next(2) == 0 ? [.. sound[..from], .. sound[(from + length)..]] : [.. sound[..(from + length)], .. sound[from..]];
    }
}
