using Predictive.Segmentation.Models;


namespace Predictive.Training.Portraits;

/// <summary>Ids of portraits across retrains.</summary>
internal static class PortraitIds
{
    // A group may move this far (root mean square over the features, in standard deviations of the base) and still be the same group.
    private const double SameGroup = 0.75;

    /// <summary>Ids that live on from the previous model; new groups get ids never used before, larger groups first.</summary>
    public static (int[] Ids, int NextId) Assign(PortraitFeature[] scaling, float[][] centres, int[] sizes, PortraitModel? previous)
    {
        int k = centres.Length;
        var ids = new int[k];
        PortraitDescription? before = previous?.Description;
        int next = before?.NextId ?? 1;
        if (before is not null)
        {
            // Compared on the features both models have, each centre put back on the transformed scale and then on today's.
            (int Now, int Then)[] shared =
            [
                .. scaling.Select(
                    (f, j) => (
                        j,
                        before.Features.Select((p, i) => (p.Feature, i)).Where(p => p.Feature == f.Feature).Select(p => (int?)p.i)
                            .FirstOrDefault() ?? -1)).Where(p => p.Item2 >= 0),
            ];
            var distance = new double[k, before.Portraits.Count];
            for (int g = 0; g < k; g++)
            {
                for (int p = 0; p < before.Portraits.Count; p++)
                {
                    double sum = 0;
                    foreach (var (now, then) in shared)
                    {
                        double old = (before.Portraits[p].Centre[then] * before.Features[then].Sd) + before.Features[then].Mean;
                        double z = (old - scaling[now].Mean) / scaling[now].Sd;
                        sum += (centres[g][now] - z) * (centres[g][now] - z);
                    }

                    distance[g, p] = shared.Length == 0 ? double.MaxValue : Math.Sqrt(sum / shared.Length);
                }
            }

            if (shared.Length > 0)
            {
                int[] match = CentreMatching.Match(distance);
                for (int g = 0; g < k; g++)
                {
                    ids[g] = match[g] >= 0 && distance[g, match[g]] <= SameGroup ? before.Portraits[match[g]].Id : 0;
                }
            }
        }

        foreach (int g in Enumerable.Range(0, k).Where(g => ids[g] == 0).OrderByDescending(g => sizes[g]).ThenBy(g => g))
        {
            ids[g] = next++;
        }

        return (ids, next);
    }
}
