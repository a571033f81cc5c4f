namespace Predictive.Cli.Configuration;

/// <summary>The long-running commands that a setting is of.</summary>
[Flags]
internal enum SettingUse
{
    /// <summary><c>predictive serve</c>.</summary>
    Serve = 1,

    /// <summary><c>predictive worker</c>.</summary>
    Worker = 2,

    /// <summary><c>predictive up</c>.</summary>
    Up = 4,

    /// <summary><c>predictive demo</c>: by flags only.</summary>
    Demo = 8,
}

/// <summary>
/// One setting of <c>serve</c>, <c>worker</c> and <c>up</c>. Its flag, its variable and its key in a file follow from its name.
/// </summary>
/// <param name="key">Its name, as in a file.</param>
/// <param name="use">The commands it is of.</param>
/// <param name="helpName">What stands for its value in help.</param>
/// <param name="meaning">A sentence or two.</param>
internal abstract class Setting(string key, SettingUse use, string helpName, string meaning)
{
    /// <summary>Before the names of all variables.</summary>
    public const string Prefix = "PREDICTIVE_";

    /// <summary>What takes back the value of a source that counts less, where a setting may be without one.</summary>
    public const string None = "none";

    /// <summary>Its name, as in a file: <c>on-new-data</c>.</summary>
    public string Key { get; } = key;

    /// <summary>The commands it is of.</summary>
    public SettingUse Use { get; } = use;

    /// <summary>What stands for its value in help.</summary>
    public string HelpName { get; } = helpName;

    /// <summary>What it does.</summary>
    public string Meaning { get; } = meaning;

    /// <summary>Its flag: <c>--on-new-data</c>.</summary>
    public string Flag => "--" + Key;

    /// <summary>Its variable: <c>PREDICTIVE_ON_NEW_DATA</c>.</summary>
    public string Variable => Prefix + Key.Replace('-', '_').ToUpperInvariant();

    /// <summary>Value where no source has one; null = none, and then none may be asked for.</summary>
    public string? Default { get; init; }

    /// <summary>Other defaults of single commands.</summary>
    public IReadOnlyList<(SettingUse Use, string Value)> Defaults { get; init; } = [];

    /// <summary>What is done where there is no value; null = nothing that needs a word.</summary>
    public string? Otherwise { get; init; }

    /// <summary>Shown instead of a value that holds a secret; null = it holds none.</summary>
    public Func<string, string>? Mask { get; init; }

    /// <summary>Whether it may be without a value.</summary>
    public bool IsOptional => Default is null;

    /// <summary>What is allowed.</summary>
    public string Expected => IsOptional ? $"{Allowed}, or {None}" : Allowed;

    /// <summary>What its kind of value allows.</summary>
    protected abstract string Allowed { get; }

    /// <summary>The default of a command.</summary>
    public string? DefaultFor(SettingUse command) => Defaults.FirstOrDefault(d => d.Use == command).Value ?? Default;

    /// <summary>A value as it may be shown.</summary>
    public string Shown(string value) => Mask is null ? value : Mask(value);

    /// <summary>Whether a text can be read.</summary>
    public abstract bool Accepts(string text);

    /// <summary>Whether a text asks for no value.</summary>
    public bool IsNone(string text) => IsOptional && text.Equals(None, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A setting with the kind of its value.</summary>
/// <typeparam name="T">What its text becomes.</typeparam>
/// <param name="key">Its name, as in a file.</param>
/// <param name="use">The commands it is of.</param>
/// <param name="helpName">What stands for its value in help.</param>
/// <param name="kind">How its text is read.</param>
/// <param name="meaning">A sentence or two.</param>
internal sealed class Setting<T>(string key, SettingUse use, string helpName, ValueText<T> kind, string meaning)
    : Setting(key, use, helpName, meaning)
{
    /// <summary>How its text is read.</summary>
    public ValueText<T> Kind { get; } = kind;

    /// <inheritdoc/>
    protected override string Allowed => Kind.Expected;

    /// <inheritdoc/>
    public override bool Accepts(string text) => IsNone(text) || Kind.TryRead(text, out _);
}
