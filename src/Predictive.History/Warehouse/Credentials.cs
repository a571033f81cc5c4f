namespace Predictive.History.Warehouse;

/// <summary>
/// User and password of a server elsewhere: the variables <c>PREDICTIVE_CLICKHOUSE_USER</c> and <c>PREDICTIVE_CLICKHOUSE_PASSWORD</c>, or
/// <c>…_PASSWORD_FILE</c>, which names a file with the password alone; <c>PREDICTIVE_POSTGRES_…</c> likewise. Never part of an address, a
/// message or a log.
/// </summary>
/// <param name="User">Null = the server's default.</param>
/// <param name="Password">Null = none.</param>
internal sealed record Credentials(string? User, string? Password)
{
    /// <summary>Those of an address.</summary>
    /// <exception cref="DatasetException">The file named cannot be read.</exception>
    public static Credentials For(WarehouseAddress address)
    {
        string prefix = PrefixOf(address.Scheme), variable = prefix + "PASSWORD_FILE";
        string? file = Environment.GetEnvironmentVariable(variable);
        try
        {
            return new Credentials(
                Environment.GetEnvironmentVariable(prefix + "USER"),
                string.IsNullOrEmpty(file)
                    ? Environment.GetEnvironmentVariable(prefix + "PASSWORD")
                    : File.ReadAllText(file).TrimEnd('\r', '\n'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                "bad-credentials", $"The file that {variable} names cannot be read; expected one with the password alone. Check it.",
                inner: e);
        }
    }

    /// <summary>The variables, for a message.</summary>
    public static string VariablesOf(string scheme) =>
        $"{PrefixOf(scheme)}USER and {PrefixOf(scheme)}PASSWORD (or {PrefixOf(scheme)}PASSWORD_FILE)";

    /// <summary>Says nothing.</summary>
    public override string ToString() => "credentials";

    private static string PrefixOf(string scheme) =>
        scheme.StartsWith("postgres", StringComparison.Ordinal) ? "PREDICTIVE_POSTGRES_" : "PREDICTIVE_CLICKHOUSE_";
}
