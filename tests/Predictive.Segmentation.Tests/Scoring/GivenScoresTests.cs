using System.Text;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>The columns of given scores: what goes in comes out, for those customers and that time; damage is told.</summary>
public class GivenScoresTests
{
    private static readonly LocalTime s_asOf = LocalTime.StartOf(new DateOnly(2025, 7, 1));
    private static readonly string s_hash = new('a', 64);

    [Fact]
    public void What_was_given_is_answered_for_those_customers_as_of_that_time_and_nothing_else()
    {
        string[] ids = ["C000010", "ada@example.org", "客户", "00001", "1"];
        GivenScore[] scores = [.. ids.Select((_, i) => new GivenScore(.1 * i, 100.01 * i, 1.5 + i, 10 * i, 400.25 * i))];
        GivenScores given = Read(Bytes(GivenScores.Of("xgboost", s_hash, s_asOf, ids, scores)));
        Assert.Equal(5, given.Count);
        for (int i = 0; i < ids.Length; i++)
        {
            GivenScore found = given.Find(ids[i], s_asOf);
            Assert.Equal((scores[i].Churn, scores[i].Spend), (found.Churn, found.Spend));
            Assert.Equal(scores[i].High, found.High, 1e-4);
        }

        Assert.False(given.Holds("2"));
        string told = Assert.Throws<DatasetException>(() => given.Find("2", s_asOf)).Message;
        Assert.All(
            ["customer '2' as of 2025-07-01", "'xgboost'", "5 customers", "import newer scores"],
            w => Assert.Contains(w, told, StringComparison.Ordinal));
        DatasetException later = Assert.Throws<DatasetException>(() => given.Find("1", s_asOf.AddDays(1)));
        Assert.Contains("scores as of 2025-07-02", later.Message, StringComparison.Ordinal);
        Assert.Equal(GivenScores.RefusalCode, later.Findings[0].Code);
    }

    [Fact]
    public void The_order_of_the_rows_is_no_matter_no_id_stands_in_the_bytes_and_another_file_has_other_keys()
    {
        string[] ids = [.. Enumerable.Range(0, 200).Select(i => $"customer-{i}")];
        GivenScore[] scores = [.. ids.Select((_, i) => new GivenScore(i / 200.0, i, 1, 0, 2 * i))];
        byte[] one = Bytes(GivenScores.Of("x", s_hash, s_asOf, ids, scores));
        Assert.Equal(one, Bytes(GivenScores.Of("x", s_hash, s_asOf, [.. ids.Reverse()], [.. scores.Reverse()])));
        Assert.DoesNotContain("customer", Encoding.Latin1.GetString(one), StringComparison.Ordinal);
        Assert.InRange(one.Length, 200 * 44, (200 * 44) + 64);
        Assert.NotEqual(one[..200], Bytes(GivenScores.Of("x", new string('b', 64), s_asOf, ids, scores))[..200]);
    }

    [Theory]
    [InlineData(-.1, 1, 1, 0, 2)]
    [InlineData(1.1, 1, 1, 0, 2)]
    [InlineData(double.NaN, 1, 1, 0, 2)]
    [InlineData(.5, -1, 1, 0, 2)]
    [InlineData(.5, double.PositiveInfinity, 1, 0, 2)]
    [InlineData(.5, 1, -1, 0, 2)]
    public void A_number_out_of_its_range_is_refused(double churn, double spend, double orders, double low, double high) =>
        Assert.Throws<ArgumentException>(
            () => GivenScores.Of("x", s_hash, s_asOf, ["a"], [new GivenScore(churn, spend, orders, low, high)]));

    [Fact]
    public void A_customer_twice_nobody_and_another_count_are_refused()
    {
        var score = new GivenScore(.5, 1, 1, 0, 2);
        Assert.Throws<ArgumentException>(() => GivenScores.Of("x", s_hash, s_asOf, ["a", "a"], [score, score]));
        Assert.Throws<ArgumentException>(() => GivenScores.Of("x", s_hash, s_asOf, [], []));
        Assert.Throws<ArgumentException>(() => GivenScores.Of("x", s_hash, s_asOf, ["a"], [score, score]));
    }

    [Fact]
    public void Whatever_byte_is_changed_or_cut_the_payload_loads_or_is_told_as_damaged()
    {
        const int Seed = 20;
        byte[] sound = Bytes(GivenScores.Of(
            "x", s_hash, s_asOf, [.. Enumerable.Range(0, 40).Select(i => $"c{i}")],
            [.. Enumerable.Range(0, 40).Select(i => new GivenScore(i / 40.0, i, 1, 0, 2 * i))]));
        var random = new Random(Seed);
        int told = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] bytes = trial % 4 == 0 ? sound[..random.Next(sound.Length)] : [.. sound];
            if (trial % 4 != 0)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 + random.Next(255));
            }

            try
            {
                GivenScores read = Read(bytes);
                Assert.All(read.All, s => Assert.True(s.Churn is >= 0 and <= 1 && s.Low <= s.Spend && s.Spend <= s.High, $"seed {Seed}"));
            }
            catch (LearningException e)
            {
                told++;
                Assert.Contains(GivenScores.EntryName, e.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(told, 500, 2000);
    }

    private static byte[] Bytes(GivenScores given)
    {
        using var stream = new MemoryStream();
        given.Save(stream);
        return stream.ToArray();
    }

    private static GivenScores Read(byte[] bytes) => GivenScores.Load(bytes, "xgboost", s_hash, s_asOf);
}
