using Predictive.Learning.BuiltIn;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;
using Predictive.Api.Configuration;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Learning;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.Api.Tests;

/// <summary>One trained registry and one dataset, made once for all tests of the host.</summary>
public sealed class TrainedHost : IDisposable
{
    public const string Collection = "trained host";

    public TrainedHost()
    {
        Folder = Directory.CreateTempSubdirectory("predictive-host-").FullName;
        Data = Path.Combine(Folder, "data");
        Models = Path.Combine(Folder, "models");
        History = Simulator.GenerateTo(Data, new SimulationOptions { Customers = 4000, Years = 1.5, Seed = 5 }).History;
        AsOf = LocalTime.MidnightAfter(History.LastMicros);
        var options = new TrainingOptions { AsOf = AsOf, Engine = Engine };
        Bundle = BundleAssembler.Assemble(History, TrainingPipeline.Train(History, options), options);
        Registry = new ModelRegistry(Models, SmokeTest.Admit);
        Registry.Publish("default", Bundle.ToPackage());
    }

    public static ILearningEngine Engine { get; } = new BuiltInEngine();

    public string Folder { get; }

    public string Data { get; }

    public string Models { get; }

    public TransactionHistory History { get; }

    public LocalTime AsOf { get; }

    public ModelBundle Bundle { get; }

    public ModelRegistry Registry { get; }

    public ScoringHostOptions Options => new() { Data = Data, Models = Models, PollInterval = TimeSpan.FromHours(1), LogRequests = false };

    public WebApplication Start(ScoringHostOptions? options = null, TimeProvider? clock = null)
    {
        WebApplication app = ScoringHost.Build(options ?? Options, clock ?? TimeProvider.System, b =>
        {
            b.WebHost.UseTestServer();
            b.Logging.ClearProviders();
        });
        app.StartAsync().GetAwaiter().GetResult();
        return app;
    }

    /// <summary>A registry of its own with the same version in it.</summary>
    public string OwnModels(int versions = 1)
    {
        string folder = Path.Combine(Folder, Path.GetRandomFileName());
        var registry = new ModelRegistry(folder, SmokeTest.Admit);
        for (int i = 0; i < versions; i++)
        {
            registry.Publish("default", Bundle.ToPackage(), PublishAs.Champion);
        }

        return folder;
    }

    /// <summary>A copy of the dataset.</summary>
    public string OwnData()
    {
        string folder = Path.Combine(Folder, Path.GetRandomFileName());
        foreach (string file in Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }

    /// <summary>A customer of the dataset as a caller would send it: every column the dataset has, null where it has no value.</summary>
    public Dictionary<string, object?> Inline(int customer, TransactionHistory? of = null)
    {
        TransactionHistory history = of ?? History;
        CustomerLines lines = history.Lines(customer);
        TransactionColumns columns = history.Columns;
        var transactions = new List<Dictionary<string, object?>>();
        for (int i = 0; i < lines.Count; i++)
        {
            var line =
                new Dictionary<string, object?>
                {
                    ["orderedAt"] = new LocalTime(lines.OrderedAt[i]).ToString(), ["amount"] = lines.Amount[i],
                };
            Text("orderId", lines.Order, null, i);
            Text("productId", lines.Product, columns.Products, i);
            Text("category", lines.Category, columns.Categories, i);
            Text("channel", lines.Channel, columns.Channels, i);
            Number("quantity", lines.Quantity, i);
            Number("unitCost", lines.UnitCost, i);
            Number("discount", lines.Discount, i);
            transactions.Add(line);

            void Text(string name, ReadOnlySpan<int> codes, string[]? names, int at)
            {
                if (!codes.IsEmpty)
                {
                    line[name] = codes[at] < 0 ? null : names is null ? codes[at].ToString(CultureInfo.InvariantCulture) : names[codes[at]];
                }
            }

            void Number(string name, ReadOnlySpan<float> values, int at)
            {
                if (!values.IsEmpty)
                {
                    line[name] = float.IsNaN(values[at]) ? null : (double)values[at];
                }
            }
        }

        var history1 = new Dictionary<string, object?> { ["customerId"] = history.CustomerId(customer), ["transactions"] = transactions };
        if (history.Tables is { } tables)
        {
            history1["attributes"] = tables.Attributes.ToDictionary(
                a => a.Name,
                a => float.IsNaN(a.Values[customer])
                    ? null
                    : a.Categories is { } names ? names[(int)a.Values[customer]] : (object)(double)a.Values[customer]);
            if (tables.Events is { } events)
            {
                history1["events"] = Enumerable.Range(events.Offsets[customer], events.Offsets[customer + 1] - events.Offsets[customer])
                    .Select(e => new Dictionary<string, object?>
                {
                    ["occurredAt"] = new LocalTime(events.OccurredAt[e]).ToString(),
                    ["kind"] = events.Kinds[events.Kind[e]],
                    ["value"] = double.IsNaN(events.Value[e]) ? null : events.Value[e],
                    ["productId"] = events.Detail?[e] is >= 0 and int of1 ? events.Things[of1].Product : null,
                    ["category"] = events.Detail?[e] is >= 0 and int of2 ? events.Things[of2].Category : null,
                }).ToArray();
            }
        }

        return history1;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

[CollectionDefinition(TrainedHost.Collection)]
public sealed class TrainedHostDefinition : ICollectionFixture<TrainedHost>;
