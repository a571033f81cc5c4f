namespace Predictive.Api.Pages.Data;

/// <summary>One field of all customers as codes into its names. 0xFFFF = none.</summary>
/// <param name="Names">Every name, in the order shown.</param>
/// <param name="Codes">One per row.</param>
internal sealed record CodeColumn(IReadOnlyList<string> Names, ushort[] Codes)
{
    public const ushort None = ushort.MaxValue;

    /// <summary>The code of a name, whatever its case; −1 = there is none.</summary>
    public int CodeOf(string name)
    {
        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    public static CodeColumn Of(int rows, Func<int, int> code, IReadOnlyList<string> names)
    {
        var codes = new ushort[rows];
        for (int i = 0; i < rows; i++)
        {
            codes[i] = (ushort)code(i);
        }

        return new CodeColumn(names, codes);
    }

    /// <summary>Of texts; null = none. Names that are not among those known come after them, by name.</summary>
    public static CodeColumn Of(IReadOnlyList<string?> texts, IReadOnlyList<string>? known = null)
    {
        var index = new Dictionary<string, ushort>(StringComparer.Ordinal);
        var names = new List<string>();
        foreach (string name in (known ?? []).Concat(texts.OfType<string>().Distinct().Order(StringComparer.Ordinal)))
        {
            if (index.TryAdd(name, (ushort)names.Count))
            {
                names.Add(name);
            }
        }

        var codes = new ushort[texts.Count];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = texts[i] is { } text ? index[text] : None;
        }

        return new CodeColumn(names, codes);
    }
}
