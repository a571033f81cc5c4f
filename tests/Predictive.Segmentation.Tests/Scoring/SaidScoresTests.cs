using Predictive.History.Sources;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>What versions said is found by id, names nobody, and forgets who was erased.</summary>
[Collection(TrainedBase.Collection)]
public sealed class SaidScoresTests(TrainedBase trained) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("said-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Everybody_finds_what_was_said_of_them_and_nobody_else_does()
    {
        string data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        Assert.Empty(SaidScores.Of(_folder, "m", data, "C1"));
        ScoreTable scores = trained.Table;
        SaidScores.Write(_folder, "m", data, scores);
        for (int i = 0; i < scores.Count; i += 7)
        {
            SaidScore said = Assert.Single(SaidScores.Of(_folder, "m", data, scores.CustomerId(i)));
            Assert.Equal(scores.ChurnProbability[i], said.Churn, 1e-6);
            Assert.Equal(scores.ClvExpected[i], said.Expected, 1e-6 * Math.Max(1, Math.Abs(scores.ClvExpected[i])));
            Assert.Equal((scores.BandName(i), scores.AsOf), (said.Band, said.AsOf));
        }

        Assert.Empty(SaidScores.Of(_folder, "m", data, "nobody"));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "m", SaidScores.FolderName)));
        Assert.DoesNotContain(scores.CustomerId(0), File.ReadAllText(file), StringComparison.Ordinal);

        // Who is erased is in no file once the next one is written, and in none that is written later.
        string gone = scores.CustomerId(3), stays = scores.CustomerId(4);
        Erasures.Add(data, [gone]);
        SaidScores.Write(_folder, "m", data, scores);
        Assert.Empty(SaidScores.Of(_folder, "m", data, gone));
        Assert.Single(SaidScores.Of(_folder, "m", data, stays));

        // A file that was cut off is none.
        byte[] whole = File.ReadAllBytes(file);
        foreach (int length in new[] { 0, 5, 200, whole.Length - 1 })
        {
            File.WriteAllBytes(file, whole[..length]);
            Assert.Empty(SaidScores.Of(_folder, "m", data, stays));
        }
    }
}
