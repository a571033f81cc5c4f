using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>
/// What <c>churn.bin</c> and <c>clv.bin</c> hold beside numbers: learners (length-prefixed payloads, <c>Predictors</c>), features by name,
/// lengths of time. Both begin with a magic word, the format and the hash of the feature schema.
/// </summary>
internal static class ModelPayload
{
    private const int MostDays = 36_500;

    /// <summary>A payload begun.</summary>
    public static PayloadWriter Begin(ReadOnlySpan<byte> magic, int format)
    {
        var writer = new PayloadWriter();
        writer.WriteMagic(magic);
        writer.Write(format);
        writer.Write(FeatureCatalogue.Schema.Hash);
        return writer;
    }

    /// <summary>A payload opened.</summary>
    /// <exception cref="LearningException">It is of another kind or format, or of features that are not this program's.</exception>
    public static PayloadReader Open(ReadOnlySpan<byte> payload, string name, ReadOnlySpan<byte> magic, int format)
    {
        var reader = new PayloadReader(payload, name);
        reader.Magic(magic);
        reader.Format(format);
        string schema = reader.Text();
        return schema == FeatureCatalogue.Schema.Hash
            ? reader
            : throw new LearningException(
                $"{name} was trained on feature schema {schema}; this program computes schema {FeatureCatalogue.Schema.Hash}. Train "
                    + "again, or use the program that wrote it.");
    }

    public static void Write(this PayloadWriter writer, IPredictor? predictor)
    {
        using var buffer = new MemoryStream();
        predictor?.Save(buffer);
        writer.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>A learner; null = there is none.</summary>
    public static IPredictor? Predictor(this ref PayloadReader reader)
    {
        ReadOnlySpan<byte> payload = reader.Bytes();
        return payload.IsEmpty ? null : Predictors.Load(payload.ToArray());
    }

    /// <summary>Products of a linear score over so many used features: triples of both positions and the coefficient.</summary>
    public static FeatureProduct[] Products(this ref PayloadReader reader, int used)
    {
        double[] values = reader.DoubleList();
        reader.Require(values.Length % 3 == 0, $"{values.Length} numbers stand where triples are expected");
        var products = new FeatureProduct[values.Length / 3];
        for (int k = 0; k < products.Length; k++)
        {
            double a = values[3 * k], b = values[(3 * k) + 1];
            reader.Require(a >= 0 && a < used && b >= 0 && b < used, $"a product of the features {a} and {b} of {used}");
            products[k] = new FeatureProduct((int)a, (int)b, values[(3 * k) + 2]);
        }

        return products;
    }

    /// <summary>A quantile table of at least two points.</summary>
    public static QuantileTable Table(this ref PayloadReader reader)
    {
        double[] values = reader.DoubleList();
        reader.Require(values.Length >= 2, $"a table of {values.Length} points");
        return new QuantileTable(values);
    }

    /// <summary>A position in the feature catalogue.</summary>
    public static int FeatureIndex(this ref PayloadReader reader)
    {
        int index = reader.Int();
        reader.Require(index >= 0 && index < FeatureCatalogue.Names.Count, $"feature number {index}");
        return index;
    }

    /// <summary>Names of features, as positions in the catalogue.</summary>
    public static int[] Features(this ref PayloadReader reader)
    {
        string[] names = reader.Names();
        var features = new int[names.Length];
        for (int j = 0; j < names.Length; j++)
        {
            features[j] =
                FeatureCatalogue.TryIndexOf(names[j], out int index) ? index : throw reader.Damaged($"there is no feature '{names[j]}'");
        }

        return features;
    }

    /// <summary>A length of time in whole days, 1 to a century.</summary>
    public static int Days(this ref PayloadReader reader)
    {
        int days = reader.Int();
        reader.Require(days is >= 1 and <= MostDays, $"a window of {days} days");
        return days;
    }
}
