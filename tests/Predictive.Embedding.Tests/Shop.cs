using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.Embedding.Tests;

/// <summary>900 simulated customers and a version trained on them, once for all tests of those who embed the product.</summary>
public sealed class Shop : IDisposable
{
    public const string Collection = "shop";

    public Shop()
    {
        History = Simulator.GenerateTo(Data, new SimulationOptions { Customers = 900, Years = 1.5, Seed = 5 }).History;
        AsOf = LocalTime.MidnightAfter(History.LastMicros);
        var options = new TrainingOptions { AsOf = AsOf, HorizonDays = 60, Engine = new BuiltInEngine() };
        Package = BundleAssembler.Assemble(History, TrainingPipeline.Train(History, options), options).ToPackage();
        new ModelRegistry(Models, SmokeTest.Admit).Publish("default", Package);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("predictive-embed-").FullName;

    public string Data => Path.Combine(Folder, "data");

    public string Models => Path.Combine(Folder, "models");

    public TransactionHistory History { get; }

    public LocalTime AsOf { get; }

    public ModelPackage Package { get; }

    /// <summary>A scoring host in this process.</summary>
    public WebApplication Start()
    {
        WebApplication app = ScoringHost.Build(
            new ScoringHostOptions { Data = Data, Models = Models, PollInterval = TimeSpan.FromHours(1), LogRequests = false },
            TimeProvider.System,
            b =>
            {
                b.WebHost.UseTestServer();
                b.Logging.ClearProviders();
            });
        app.StartAsync().GetAwaiter().GetResult();
        return app;
    }

    /// <summary>The lines of a customer as an application has them.</summary>
    public IEnumerable<TransactionLine> Lines(int customer)
    {
        CustomerLines lines = History.Lines(customer);
        var found = new List<TransactionLine>();
        for (int i = 0; i < lines.Count; i++)
        {
            found.Add(new TransactionLine(
                History.CustomerId(customer), new LocalTime(lines.OrderedAt[i]).ToDateTime(), lines.Amount[i],
                lines.Order.IsEmpty || lines.Order[i] < 0 ? null : $"{lines.Order[i]}"));
        }

        return found;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>The tests that share a shop.</summary>
[CollectionDefinition(Shop.Collection)]
public sealed class ShopTests : ICollectionFixture<Shop>;
