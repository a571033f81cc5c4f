using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Audit;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive models list|show|diff|export|verify|promote|rollback|pin|prune</c></summary>
internal static class ModelsVerb
{
    public static Command Create(VerbContext context) => new("models", "The registry: which versions there are, which one serves.")
    {
        List(context), Show(context), ModelsDiff.Create(context), ModelsExport.Create(context), Promote(context), Rollback(context),
        Pin(context), Prune(context), Verify(context),
    };

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        var name = new Option<string?>("--name") { Description = "Only this model. Default: all." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Every version with its quality; the champion serves.") { models, name, json };
        return command.Does(context, (parsed, _) =>
        {
            var registry = new ModelRegistry(parsed.GetRequiredValue(models), SmokeTest.Admit);
            IReadOnlyList<string> names = parsed.GetValue(name) is { } only ? [only] : registry.Names();
            ModelListing[] listings = [.. names.SelectMany(registry.List)];
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(listings.Select(l => new
                {
                    l.Version.Name,
                    l.Version.Version,
                    l.IsChampion,
                    l.IsChallenger,
                    l.IsPinned,
                    l.Bytes,
                    l.Refusal,
                    l.Manifest?.AsOf,
                    l.Manifest?.HorizonDays,
                    Engine = l.Manifest?.Engine.Name,
                    l.Manifest?.Given,
                    l.Manifest?.TrainingData.Sample,
                    Churn = l.Manifest?.Metrics.Churn,
                    Clv = l.Manifest?.Metrics.Clv,
                    ChurnGrade = l.Manifest?.Metrics.ChurnGrade?.Letter,
                    ClvGrade = l.Manifest?.Metrics.ClvGrade?.Letter,
                }));
                return ExitCode.Done;
            }

            if (listings.Length == 0)
            {
                context.Console.Line($"no models in {registry.Root}; train one first: predictive train DIR");
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable(
                "model", ">version", "alias", "as of", ">horizon", "engine", ">churn AUC", ">CLV Gini", "grades", ">KB");
            foreach (ModelListing l in listings)
            {
                ModelManifest? m = l.Manifest;
                table.AddRow(
                    Markup.Escape(l.Version.Name),
                    l.Version.Version.ToString(CultureInfo.InvariantCulture),
                    (l.IsChampion ? "champion" : l.IsChallenger ? "challenger" : "") + (l.IsPinned ? " pinned" : ""),
                    m?.AsOf ?? "refused",
                    m is null ? "" : $"{m.HorizonDays}d",
                    m?.Engine.Name ?? "",
                    Metric(m?.Metrics.Churn, "auc"),
                    Metric(m?.Metrics.Clv, "gini"),
                    m is null ? "" : $"{m.Metrics.ChurnGrade?.Letter ?? "-"} / {m.Metrics.ClvGrade?.Letter ?? "-"}",
                    (l.Bytes / 1024).ToString("N0", CultureInfo.InvariantCulture));
            }

            context.Console.Write(table);
            foreach (ModelListing l in listings.Where(l => l.Manifest?.TrainingData.Sample is not null))
            {
                context.Console.Line(
                    $"{l.Version.Name}/{l.Version.Version} learned from a sample: {l.Manifest!.TrainingData.Sample!.Words}");
            }

            foreach (ModelListing l in listings.Where(l => l.Refusal is not null))
            {
                context.Console.Line(l.Refusal!);
            }

            return ExitCode.Done;
        });
    }

    private static Command Show(VerbContext context)
    {
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name(), version = CommonOptions.Version();
        var command = new Command("show", "The manifest of one version and where it comes from, as JSON.") { models, name, version };
        return command.Does(context, (parsed, _) =>
        {
            var registry = new ModelRegistry(parsed.GetRequiredValue(models), SmokeTest.Admit);
            ModelVersion found = registry.Resolve(parsed.GetRequiredValue(name), parsed.GetRequiredValue(version));
            context.Console.WriteJson(new { registry.Load(found).Manifest, Origin = registry.Provenance(found) });
            return ExitCode.Done;
        });
    }

    private static Command Promote(VerbContext context)
    {
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        var version = new Argument<int>("VERSION") { Description = "The version to put in service." };
        Option<string?> store = StoreAccess.Store();
        var command = new Command("promote", "Put a version in service, after checking its zip.") { version, models, name, store };
        return command.Does(context, (parsed, _) =>
        {
            ModelAliases aliases = Audited(
                context, "promote", parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), parsed.GetValue(store),
                (registry, model, journal) => registry.Promote(model, parsed.GetRequiredValue(version), journal));
            context.Console.Line($"{parsed.GetValue(name)}: champion is version {aliases.Champion}");
            return ExitCode.Done;
        });
    }

    private static Command Rollback(VerbContext context)
    {
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("rollback", "Go back to the champion before this one.") { models, name, store };
        return command.Does(context, (parsed, _) =>
        {
            ModelAliases aliases = Audited(
                context, "rollback", parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), parsed.GetValue(store),
                (registry, model, journal) => registry.Rollback(model, journal));
            context.Console.Line($"{parsed.GetValue(name)}: champion is version {aliases.Champion}");
            return ExitCode.Done;
        });
    }

    private static Command Pin(VerbContext context)
    {
        var version = new Argument<int>("VERSION") { Description = "The version to keep as it is." };
        var off = new Option<bool>("--off") { Description = "Let it go again." };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("pin", "Keep a version: it is neither replaced, where it serves, nor deleted.")
        {
            version, off, models, name, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            string folder = parsed.GetRequiredValue(models), model = parsed.GetRequiredValue(name);
            int number = parsed.GetRequiredValue(version);
            ModelRegistry registry = WithVersions(folder, model);
            bool pinned = !parsed.GetValue(off);
            var audit = new AuditLog(StoreAccess.Open(context, parsed.GetValue(store), folder));
            ModelAliases aliases = registry.Pin(model, number, pinned);
            audit.Append(StoreAccess.Actor, pinned ? "pin" : "unpin", ModelRegistry.SubjectOf(model, number)!);
            context.Console.Line(
                aliases.Pinned is { } all ? $"{model}: pinned are {string.Join(", ", all)}" : $"{model}: no version is pinned");
            return ExitCode.Done;
        });
    }

    private static Command Prune(VerbContext context)
    {
        var keep = new Option<int>("--keep") { Description = "Newest versions to keep.", HelpName = "N", DefaultValueFactory = _ => 5 };
        keep.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--keep expects a number of at least 1.");
            }
        });
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would be deleted." };
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name();
        Option<string?> store = StoreAccess.Store();
        var command = new Command(
            "prune", "Delete old versions; champion, previous, challenger, pinned ones and the newest of each month stay.")
        {
            keep, dry, models, name, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            string folder = parsed.GetRequiredValue(models), model = parsed.GetRequiredValue(name);
            int newest = parsed.GetRequiredValue(keep);
            ModelRegistry registry = WithVersions(folder, model);
            if (parsed.GetValue(dry))
            {
                foreach (KeptVersion kept in registry.Kept(model, newest))
                {
                    context.Console.Line($"{kept.Version.Version}: {kept.Why ?? "would be deleted"}");
                }

                return ExitCode.Done;
            }

            var audit = new AuditLog(StoreAccess.Open(context, parsed.GetValue(store), folder));
            IReadOnlyList<ModelVersion> gone = registry.Prune(model, newest);
            if (gone.Count > 0)
            {
                audit.Append(
                    StoreAccess.Actor, "prune", $"{ModelRegistry.SubjectsOf(model)}*",
                    new { versions = gone.Select(v => v.Version), keep = newest });
            }

            context.Console.Line(
                gone.Count == 0 ? "nothing was deleted" : $"deleted: {string.Join(", ", gone.Select(v => v.Version))}");
            return ExitCode.Done;
        });
    }

    // The store is opened before anything changes: what cannot be noted is not done.
    private static ModelAliases Audited(
        VerbContext context, string action, string models, string name, string? store,
        Func<ModelRegistry, string, AliasJournal, ModelAliases> change)
    {
        ModelRegistry registry = WithVersions(models, name);
        var changes = new AuditedChanges(StoreAccess.Open(context, store, models));
        return change(registry, name, c => changes.Begin(
            StoreAccess.Actor, action, c.Subject, c.About, c.Standing, AliasChange.Promoted,
            new { from = c.From, by = "models " + action }));
    }

    // A name without versions is refused by the registry, in its words, and no store is made for it.
    private static ModelRegistry WithVersions(string models, string name)
    {
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        if (registry.Versions(name).Count == 0)
        {
            registry.Resolve(name);
        }

        return registry;
    }

    private static Command Verify(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        var name = new Option<string?>("--name") { Description = "Only this model. Default: all." };
        var command = new Command("verify", "Check every zip and alias; exit 2 where something is wrong.") { models, name };
        return command.Does(context, (parsed, _) =>
        {
            var registry = new ModelRegistry(parsed.GetRequiredValue(models), SmokeTest.Admit);
            IReadOnlyList<string> names = parsed.GetValue(name) is { } only ? [only] : registry.Names();
            string[] faults = [.. names.SelectMany(registry.Verify)];
            foreach (string fault in faults)
            {
                context.Console.Note($"error: {fault}");
            }

            context.Console.Line(
                faults.Length == 0 ? $"{names.Count} model(s) verified: every zip and alias is sound" : $"{faults.Length} fault(s)");
            return faults.Length == 0 ? ExitCode.Done : ExitCode.Refused;
        });
    }

    private static string Metric(IReadOnlyDictionary<string, double>? metrics, string name) =>
        metrics is not null && metrics.TryGetValue(name, out double value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "";
}
