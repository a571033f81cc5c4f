using Predictive.Learning;
using Predictive.Learning.Tests.Mutations;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Tests.Scoring;

/// <summary>
/// A damaged churn or CLV payload is refused in words, or is a model that still predicts without failing: never another exception.
/// </summary>
[Collection(TrainedBase.Collection)]
public sealed class DamagedPayloadTests(TrainedBase trained)
{
    private const int Mutations = 3000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Damaged_models_are_refused_or_still_predict(int seed)
    {
        ModelBundle bundle = ModelBundle.Load(trained.Package);
        byte[][] sound = [Bytes(bundle.Churn.Save), Bytes(bundle.Clv.Save)];
        var random = new Random(seed);
        int refused = 0, loaded = 0;
        for (int n = 0; n < Mutations; n++)
        {
            int kind = random.Next(2);
            byte[] mutated = Mutator.Mutate(sound[kind], sound[random.Next(2)], random);
            try
            {
                Use(kind, mutated);
                loaded++;
            }
            catch (LearningException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, mutation {n}, {(kind == 0 ? "churn" : "clv")}: {e}");
            }
        }

        Assert.True(refused > Mutations / 3 && loaded > 0, $"seed {seed}: {refused} refused, {loaded} loaded");
    }

    private static void Use(int kind, byte[] payload)
    {
        if (kind == 0)
        {
            ChurnModel churn = ChurnModel.Load(payload);
            _ = churn.Predict(new float[churn.FeatureNames.Count]);
        }
        else
        {
            ClvModel clv = ClvModel.Load(payload);
            _ = clv.Predict(new float[clv.FeatureNames.Count], 0.5);
        }
    }

    private static byte[] Bytes(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }
}
