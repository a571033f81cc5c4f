namespace Predictive.History;

/// <summary>Customer ids that programs and people write for "nobody", and that a shop may yet have given to somebody.</summary>
public static class IdsLikeMissing
{
    private static readonly HashSet<string> s_ids = new(StringComparer.OrdinalIgnoreCase)
    {
        "0", "-1", "-", "--", "?", ".", "none", "na", "n/a", "nan", "nil", "null", "undefined", "unknown", "missing", "(blank)", "(null)",
        "(none)", "empty",
        "anonymous", "guest", "walk-in", "no customer", "not set", "(not set)", "unbekannt", "gast", "anonyme", "invité", "inconnu",
        "invitado", "desconocido",
        "匿名", "未知", "无", "游客", "true", "false",
    };

    /// <summary>Whether an id is one of them, in any case.</summary>
    public static bool Contains(string id) => id.Length <= 12 && s_ids.Contains(id);

    /// <summary>The same of an id in UTF-8; nothing is allocated.</summary>
    public static bool Contains(ReadOnlySpan<byte> id)
    {
        // Of twelve characters at most; of digits alone there is one.
        if (id.Length is 0 or > 36 || (id.Length > 1 && (uint)(id[0] - '0') <= 9 && (uint)(id[^1] - '0') <= 9))
        {
            return false;
        }

        Span<char> text = stackalloc char[36];
        int length = System.Text.Encoding.UTF8.GetChars(id, text);
        return length <= 12 && s_ids.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text[..length]);
    }
}
