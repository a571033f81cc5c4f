using Microsoft.Extensions.Configuration;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Configuration;

/// <summary>A setting as it is in force.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Text">Its value; null = none.</param>
/// <param name="Source">Where that came from, for people: a flag, a variable, a file, default.</param>
internal sealed record SettingInForce(Setting Setting, string? Text, string Source);

/// <summary>
/// The settings of a command as they are in force: a flag counts more than a variable, a variable more than the file, the file more than
/// the default. All that cannot be followed is told at once, before any work is done.
/// </summary>
internal sealed class SettingValues
{
    /// <summary>Name of a file that is read where none is named and it stands in the current folder.</summary>
    public const string FileName = "predictive.json";

    /// <summary>The variable that names the file.</summary>
    public const string FileVariable = Setting.Prefix + "CONFIG";

    private readonly Dictionary<Setting, SettingInForce> _inForce;

    private SettingValues(IReadOnlyList<SettingInForce> inForce, IReadOnlyList<string> notes, string? file)
    {
        (InForce, Notes, File) = (inForce, notes, file);
        _inForce = inForce.ToDictionary(s => s.Setting);
    }

    /// <summary>All of the command, in the order of <see cref="Settings.All"/>.</summary>
    public IReadOnlyList<SettingInForce> InForce { get; }

    /// <summary>What is no fault, but may be a slip: variables that are nearly those of a setting.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The file that was read; null = none.</summary>
    public string? File { get; }

    /// <summary>Reads them.</summary>
    /// <param name="command">Whose.</param>
    /// <param name="flags">By key, what the command line says.</param>
    /// <param name="file">The file named on it; null = that of the variable, else <see cref="FileName"/> where there is one.</param>
    /// <param name="environment">The variables; null = neither they nor a file count.</param>
    /// <exception cref="RefusedInputException">The file or values cannot be read: each fault is one line.</exception>
    public static SettingValues Read(
        SettingUse command, IReadOnlyDictionary<string, string> flags, string? file, IReadOnlyDictionary<string, string>? environment)
    {
        string? named = file ?? (environment?.GetValueOrDefault(FileVariable) is { Length: > 0 } variable ? variable : null);
        string? read = named ?? (environment is not null && System.IO.File.Exists(FileName) ? FileName : null);
        var byVariable = Settings.All
            .Where(s => environment?.GetValueOrDefault(s.Variable) is { Length: > 0 })
            .ToDictionary(s => s.Key, s => (string?)environment![s.Variable], StringComparer.OrdinalIgnoreCase);
        var builder = new ConfigurationBuilder();
        var sources = new List<(Func<Setting, string> Name, Func<Setting, string> Place)>();
        using Stream? content = read is null ? null : Opened(read, named is null || file is not null ? null : FileVariable);
        if (content is not null)
        {
            builder.AddJsonStream(content);
            sources.Add((s => s.Key, _ => $" in {read}"));
        }

        builder.AddInMemoryCollection(byVariable);
        sources.Add((s => s.Variable, _ => " in the environment"));
        builder.AddInMemoryCollection(flags.ToDictionary(f => f.Key, f => (string?)f.Value));
        sources.Add((s => s.Flag, _ => ""));
        IConfigurationProvider[] providers = [.. Built(builder, read).Providers];
        var faults = new List<string>();
        if (content is not null)
        {
            faults.AddRange(UnknownKeys(providers[0], read!));
        }

        var inForce = new List<SettingInForce>();
        foreach (Setting setting in Settings.Of(command))
        {
            int source = providers.Length - 1;
            string? text = null;
            while (source >= 0 && !(providers[source].TryGet(setting.Key, out text) && text is not null))
            {
                source--;
            }

            if (source < 0)
            {
                inForce.Add(new(setting, setting.DefaultFor(command), "default"));
            }
            else if (!setting.Accepts(text!))
            {
                string found = setting.Mask is null ? $"'{text}'" : "not readable";
                faults.Add($"{sources[source].Name(setting)} is {found}{sources[source].Place(setting)}; expected {setting.Expected}.");
            }
            else
            {
                (Func<Setting, string> name, Func<Setting, string> place) = sources[source];
                string where = content is not null && source == 0 ? read! : name(setting);
                inForce.Add(new(setting, setting.IsNone(text!) ? null : text, where));
            }
        }

        return faults.Count > 0
            ? throw new RefusedInputException(string.Join(Environment.NewLine + "error: ", faults))
            : new SettingValues(inForce, Slips(environment), read);
    }

    /// <summary>The variables of this process that could be settings.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(e => ((string)e.Key).StartsWith(Setting.Prefix, StringComparison.Ordinal))
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);

    /// <summary>Where a setting's value came from, for a message: its flag, its variable, or the file.</summary>
    public string SourceOf(Setting setting) =>
        _inForce[setting].Source is var source && source == File ? $"{setting.Key} in {source}" : source;

    /// <summary>A value that a default makes sure of; of a setting that the command does not have, its default.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public T Get<T>(Setting<T> setting) => TextOf(setting) is { } text && setting.Kind.TryRead(text, out T? value)
        ? value
        : throw new InvalidOperationException($"The setting {setting.Key} has no value.");

    /// <summary>A value, or null.</summary>
    public T? Find<T>(Setting<T> setting)
        where T : class => TextOf(setting) is null ? null : Get(setting);

    /// <summary>A value, or null.</summary>
    public T? FindValue<T>(Setting<T> setting)
        where T : struct => TextOf(setting) is null ? null : Get(setting);

    private string? TextOf(Setting setting) => _inForce.TryGetValue(setting, out SettingInForce? found) ? found.Text : setting.Default;

    private static FileStream Opened(string path, string? variable)
    {
        try
        {
            return System.IO.File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new RefusedInputException(
                $"{(variable is null ? "--config" : variable)} is '{path}', which cannot be read; expected a JSON file of settings (see: "
                    + "predictive config).");
        }
    }

    private static IConfigurationRoot Built(ConfigurationBuilder builder, string? file)
    {
        try
        {
            return builder.Build();
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or InvalidDataException)
        {
            throw new RefusedInputException(
                $"{file} cannot be read ({(e.InnerException ?? e).Message.TrimEnd('.')}); expected one JSON object, each setting once, "
                    + $"such as {{ \"{Settings.Data.Key}\": \"shop\", \"{Settings.OnNewData.Key}\": \"10m\" }}.");
        }
    }

    private static IEnumerable<string> UnknownKeys(IConfigurationProvider file, string path)
    {
        foreach (string key in file.GetChildKeys([], null).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            Setting? known = Settings.All.FirstOrDefault(s => s.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
            if (known is null)
            {
                string? near = Settings.All.Select(s => s.Key).FirstOrDefault(k => IsNear(k, key.ToLowerInvariant()));
                string meant = near is null ? "expected one that predictive config shows." : $"did you mean {near}?";
                yield return $"'{key}' in {path} is no setting; {meant}";
            }
            else if (file.GetChildKeys([], known.Key).Any())
            {
                yield return $"{known.Key} in {path} is a list or an object; expected {known.Expected}, as one text.";
            }
        }
    }

    private static List<string> Slips(IReadOnlyDictionary<string, string>? environment)
    {
        string[] known = [.. Settings.All.Select(s => s.Variable), FileVariable];
        return [.. (environment?.Keys ?? []).Where(v => !known.Contains(v))
            .Select(v => (Variable: v, Near: known.FirstOrDefault(k => IsNear(k[Setting.Prefix.Length..], v[Setting.Prefix.Length..]))))
            .Where(v => v.Near is not null).OrderBy(v => v.Variable, StringComparer.Ordinal)
            .Select(v => $"the variable {v.Variable} is no setting and changes nothing; did you mean {v.Near}?")];
    }

    // At most two letters more, fewer or other; of a short name one.
    private static bool IsNear(string a, string b) =>
        EditDistance.Of(a, b) is > 0 and var edits && edits <= (Math.Min(a.Length, b.Length) < 6 ? 1 : 2);
}
