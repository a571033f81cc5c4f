using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Predictive.History;
using Predictive.Worker.Experiments;

namespace Predictive.Cli.Verbs;

/// <summary>
/// Experiments in the file layout of MLflow's tracking store: <c>EXPERIMENT/meta.yaml</c>, <c>EXPERIMENT/RUN/meta.yaml</c>, and a file a
/// parameter, metric (<c>timestamp value step</c>) and tag. Equal experiments give equal names.
/// </summary>
internal static class MlflowFiles
{
    private const int Finished = 3, Local = 4;
    private const ulong IdLimit = 1_000_000_000_000_000_000;

    /// <summary>Writes them under a temporary name, then renames.</summary>
    public static void Write(IReadOnlyList<Experiment> experiments, string folder)
    {
        string temporary = AtomicFile.TemporaryNameFor(folder), final = Path.GetFullPath(folder);
        try
        {
            foreach (IGrouping<string, Experiment> group in experiments.GroupBy(e => e.Name ?? e.Kind))
            {
                string id = (BitConverter.ToUInt64(Hash(group.Key)) % IdLimit).ToString("D18", CultureInfo.InvariantCulture);
                long first = group.Min(e => Millis(e)), last = group.Max(e => Millis(e));
                Meta(Path.Combine(temporary, id),
                [
                    ("artifact_location", Quoted(new Uri(Path.Combine(final, id)).AbsoluteUri)), ("creation_time", Number(first)),
                    ("experiment_id", Quoted(id)), ("last_update_time", Number(last)), ("lifecycle_stage", "active"),
                    ("name", Quoted(group.Key)),
                ]);
                foreach (Experiment experiment in group)
                {
                    Run(experiment, temporary, final, id);
                }
            }

            Directory.Move(temporary, final);
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }
    }

    private static void Run(Experiment e, string root, string final, string experiment)
    {
        long end = Millis(e), start = end - (long)(1000 * e.TotalSeconds);
        string id = Convert.ToHexStringLower(Hash($"{e.Number} {end}")[..16]);
        string name = e.Version is { } v ? $"{e.Name}-{Number(v)}" : $"{e.Kind}-{Number(e.Number)}";
        string run = Path.Combine(root, experiment, id);
        Directory.CreateDirectory(Path.Combine(run, "artifacts"));
        Meta(run,
        [
            ("artifact_uri", Quoted(new Uri(Path.Combine(final, experiment, id, "artifacts")).AbsoluteUri)), ("end_time", Number(end)),
            ("entry_point_name", "''"), ("experiment_id", Quoted(experiment)), ("lifecycle_stage", "active"), ("run_id", Quoted(id)),
            ("run_name", Quoted(name)), ("run_uuid", Quoted(id)), ("source_name", "''"), ("source_type", Number(Local)),
            ("source_version", "''"), ("start_time", Number(start)), ("status", Number(Finished)), ("tags", "[]"), ("user_id", "''"),
        ]);
        Files(run, "params",
        [
            .. e.Options.Select(o => (o.Key, o.Value)), ("as_of", e.AsOf), ("horizon_days", Number(e.HorizonDays)),
            ("data_fingerprint", e.Data.Fingerprint), ("data_customers", Number(e.Data.Customers)), ("data_lines", Number(e.Data.Lines)),
        ]);
        Files(run, "metrics",
        [
            .. e.Metrics.Select(m => (m.Key, Point(m.Value.Value))),
            .. e.Metrics.Where(m => m.Value.Error is not null).Select(m => (m.Key + "_error", Point(m.Value.Error!.Value))),
            .. e.Gains.Select(g => ("gain_" + g.Key.Replace(' ', '_'), Point(g.Value.Value))),
            .. e.Seconds.Select(s => ("seconds_" + s.Key, Point(s.Value))),
        ]);
        Files(run, "tags", [("mlflow.runName", name), ("kind", e.Kind), ("grade", e.Grade ?? "")]);

        string Point(double value) => string.Create(CultureInfo.InvariantCulture, $"{end} {value:R} 0\n");
    }

    private static void Files(string run, string folder, IEnumerable<(string Name, string Content)> files)
    {
        Directory.CreateDirectory(Path.Combine(run, folder));
        foreach ((string name, string content) in files)
        {
            File.WriteAllText(Path.Combine(run, folder, name), content);
        }
    }

    private static void Meta(string folder, IEnumerable<(string Key, string Value)> lines)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "meta.yaml"), string.Concat(lines.Select(l => $"{l.Key}: {l.Value}\n")));
    }

    // A JSON string is a YAML string; so is a number in quotes.
    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static long Millis(Experiment e) => e.At.ToUnixTimeMilliseconds();

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
