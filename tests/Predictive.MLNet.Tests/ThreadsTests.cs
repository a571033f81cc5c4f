using System.Diagnostics;
using System.Security.Cryptography;
using Predictive.Learning;

namespace Predictive.MLNet.Tests;

/// <summary>
/// The number of threads changes no byte of any trainer's model. In processes of their own: the engine lets ML.NET use every core there is,
/// and how many there are is told to a process when it starts.
/// </summary>
public sealed class ThreadsTests
{
    private const string Output = "PREDICTIVE_TEST_OUTPUT";

    [Fact]
    public async Task One_two_and_three_threads_give_the_same_bytes_for_every_trainer()
    {
        string folder = Directory.CreateTempSubdirectory("predictive-threads-").FullName;
        try
        {
            var found = new List<string>();
            foreach (string threads in new[] { "1", "2", "3" })
            {
                string file = Path.Combine(folder, threads);
                var start = new ProcessStartInfo("dotnet")
                {
                    ArgumentList =
                    {
                        "exec", GetType().Assembly.Location, "-explicit", "only", "-method",
                        $"{GetType().FullName}.{nameof(Train_every_trainer)}",
                    },
                    RedirectStandardOutput = true,
                    Environment = { [Output] = file, ["DOTNET_PROCESSOR_COUNT"] = threads, ["OMP_NUM_THREADS"] = threads },
                };
                using Process child = Process.Start(start)!;
                string said = await child.StandardOutput.ReadToEndAsync();
                await child.WaitForExitAsync();
                Assert.True(child.ExitCode == 0, said);
                found.Add(File.ReadAllText(file));
            }

            Assert.Equal(Samples.LightGbm ? 11 : 9, found[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            Assert.Equal(found[0], found[1]);
            Assert.Equal(found[0], found[2]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact(Explicit = true)]
    public void Train_every_trainer()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Output) is null, "only as a child of the test above");
        Assert.Equal(Environment.GetEnvironmentVariable("DOTNET_PROCESSOR_COUNT"), $"{Environment.ProcessorCount}");
        var engine = new MLNetEngine();
        using StreamWriter lines = File.CreateText(Environment.GetEnvironmentVariable(Output)!);
        foreach (EngineTrainer trainer in engine.Trainers)
        {
            foreach (Objective objective in trainer.Objectives)
            {
                // LightGBM grows smaller tables on one thread anyway
                TrainingData data = Samples.Rough(trainer.Name == MLNetEngine.LightGbm ? 600_000 : 20_000, 3, objective);
                var options = new LearnerOptions
                {
                    Learner = trainer.Learner, Trainer = trainer.Name, Objective = objective,
                    Trees = trainer.Name == MLNetEngine.LightGbm ? 5 : 20, Leaves = 16, RowSampling = .7, FeatureSampling = .7,
                };
                IPredictor model =
                    objective == Objective.Logistic ? engine.TrainClassifier(data, options) : engine.TrainRegressor(data, options);
                lines.WriteLine($"{trainer.Name} {objective} {Hash(Samples.Saved(model.Save))} {Hash(model.Original.ToArray())}");
            }
        }

        IClusterModel clusters = engine.TrainClusterer(
            Samples.Planted(20_000, 1).Features.Select(["a", "b"]), new ClustererOptions { Clusters = 4, Starts = 2 });
        lines.WriteLine($"kmeans {Hash(Samples.Saved(clusters.Save))} {Hash(clusters.Original.ToArray())}");
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
