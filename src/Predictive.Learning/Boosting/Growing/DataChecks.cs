using System.Globalization;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Losses;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>Refuses data that cannot be learned from, with the first row at fault.</summary>
internal static class DataChecks
{
    public static void Check(
        BoostingData data, BoostingValidation? validation, TreeEnsemble? continueFrom, BoostingOptions options, Loss loss)
    {
        if (data.Rows == 0 || data.Columns == 0)
        {
            throw new LearningException(
                $"Nothing to learn from: {data.Rows} rows and {data.Columns} features; expected at least one of each.");
        }

        if (data.Columns > 65_535)
        {
            throw new LearningException($"{data.Columns} features; at most 65535 are supported.");
        }

        Labels(data, loss, options.Objective, "Training");
        if (options.Objective == Objective.Logistic && continueFrom is null)
        {
            BothClasses(data);
        }

        if (validation is not null)
        {
            SameFeatures(data.FeatureNames, validation.Data.FeatureNames, "The validation rows");
            Labels(validation.Data, loss, options.Objective, "Validation");
            if (validation.Data.Rows == 0)
            {
                throw new LearningException("The validation set has no rows; leave it out to train every round.");
            }
        }

        if (continueFrom is not null)
        {
            SameFeatures(data.FeatureNames, continueFrom.FeatureNames, "The ensemble to continue");
            if (continueFrom.Objective != options.Objective)
            {
                throw new LearningException(
                    $"The ensemble to continue minimises {continueFrom.Objective}; the options ask for {options.Objective}.");
            }
        }
    }

    private static void Labels(BoostingData data, Loss loss, Objective objective, string which)
    {
        for (int i = 0; i < data.Rows; i++)
        {
            float label = data.Labels[i];
            string? expected = float.IsFinite(label) ? loss.LabelFault(label) : "a finite number";
            if (expected is not null)
            {
                throw new LearningException(
                    string.Create(CultureInfo.InvariantCulture, $"{which} label {label} in row {i}: {objective} expects {expected}."));
            }
        }

        if (data.Weights is null)
        {
            return;
        }

        double sum = 0;
        for (int i = 0; i < data.Rows; i++)
        {
            float weight = data.Weights[i];
            if (!float.IsFinite(weight) || weight < 0)
            {
                throw new LearningException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"{which} weight {weight} in row {i}: expected a finite number, 0 or more."));
            }

            sum += weight;
        }

        if (sum <= 0 && data.Rows > 0)
        {
            throw new LearningException($"{which} weights are all 0; expected at least one above 0.");
        }
    }

    /// <summary>Throws unless both labels occur among rows of weight above 0.</summary>
    public static void BothClasses(BoostingData data)
    {
        int first = data.Weights is null ? 0 : Array.FindIndex(data.Weights, weight => weight > 0);
        for (int i = first; i < data.Rows; i++)
        {
            if (data.Labels[i] != data.Labels[first] && data.Weights?[i] != 0)
            {
                return;
            }
        }

        throw new LearningException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"All {data.Rows} labels (of rows that weigh anything) are {data.Labels[first]}; a classifier needs both 0 and 1."));
    }

    private static void SameFeatures(IReadOnlyList<string> expected, IReadOnlyList<string> found, string who)
    {
        if (!expected.SequenceEqual(found))
        {
            int at = Enumerable.Range(0, Math.Max(expected.Count, found.Count))
                .First(i => i >= expected.Count || i >= found.Count || expected[i] != found[i]);
            string Name(IReadOnlyList<string> names) => at < names.Count ? $"'{names[at]}'" : "nothing";
            throw new LearningException(
                $"{who} have other features than the training rows: position {at} is {Name(found)}, expected {Name(expected)}.");
        }
    }
}
