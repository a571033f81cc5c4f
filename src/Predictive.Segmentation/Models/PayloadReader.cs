using System.Buffers.Binary;
using System.Text;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>Reads what <see cref="PayloadWriter"/> wrote; whatever does not fit is a <see cref="LearningException"/> that says where.</summary>
internal ref struct PayloadReader
{
    private const int MostDays = 36_500;

    private readonly ReadOnlyMemory<byte> _payload;
    private readonly string _name;
    private int _position;

    public PayloadReader(ReadOnlyMemory<byte> payload, string name, string magic, int format)
    {
        _payload = payload;
        _name = name;
        if (payload.Length < magic.Length + 4 || Encoding.ASCII.GetString(payload.Span[..magic.Length]) != magic)
        {
            throw new LearningException($"{name} does not begin with '{magic}'; expected a model payload of this product.");
        }

        _position = magic.Length;
        if (Int() is var found && found != format)
        {
            throw new LearningException($"{name} has format {found}; this program reads format {format}. Train again.");
        }
    }

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>A number; infinity may stand for "no bound", but nothing that is not a number is ever written.</summary>
    public double Double()
    {
        double value = BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
        return double.IsNaN(value) ? throw Damaged("a value that is not a number") : value;
    }

    public string Text()
    {
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = Take(1)[0];
            length |= (part & 0x7f) << shift;
            if (part < 0x80)
            {
                break;
            }

            if (shift >= 21)
            {
                throw Damaged("a text length that is too long");
            }
        }

        return Encoding.UTF8.GetString(Take(length));
    }

    public string[] Texts()
    {
        var values = new string[Count(1)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Text();
        }

        return values;
    }

    public double[] Doubles()
    {
        var values = new double[Count(8)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Double();
        }

        return values;
    }

    public IPredictor? Predictor()
    {
        int length = Int();
        if (length == 0)
        {
            return null;
        }

        if (length < 0 || length > _payload.Length - _position)
        {
            throw Damaged($"a learner of {length} bytes");
        }

        IPredictor predictor = Predictors.Load(_payload.Slice(_position, length));
        _position += length;
        return predictor;
    }

    /// <summary>That many numbers.</summary>
    public double[] Doubles(int expected)
    {
        double[] values = Doubles();
        return values.Length == expected ? values : throw Damaged($"a list of {values.Length} numbers where {expected} belong");
    }

    /// <summary>Products of a linear score over so many used features: triples of both positions and the coefficient.</summary>
    public FeatureProduct[] Products(int used)
    {
        double[] values = Doubles();
        var products = new FeatureProduct[values.Length / 3];
        if (values.Length % 3 != 0)
        {
            throw Damaged($"{values.Length} numbers where triples belong");
        }

        for (int k = 0; k < products.Length; k++)
        {
            double a = values[3 * k], b = values[(3 * k) + 1];
            if (!(a >= 0 && a < used && b >= 0 && b < used))
            {
                throw Damaged($"a product of the features {a} and {b} of {used}");
            }

            products[k] = new FeatureProduct((int)a, (int)b, values[(3 * k) + 2]);
        }

        return products;
    }

    /// <summary>A quantile table of at least two points.</summary>
    public QuantileTable Table()
    {
        double[] values = Doubles();
        return values.Length >= 2 ? new QuantileTable(values) : throw Damaged($"a table of {values.Length} points");
    }

    /// <summary>A position in the feature catalogue.</summary>
    public int FeatureIndex()
    {
        int index = Int();
        return index >= 0 && index < FeatureCatalogue.Names.Count ? index : throw Damaged($"feature number {index}");
    }

    /// <summary>Names of features, as positions in the catalogue.</summary>
    public int[] Features()
    {
        string[] names = Texts();
        var features = new int[names.Length];
        for (int j = 0; j < names.Length; j++)
        {
            features[j] = FeatureCatalogue.TryIndexOf(names[j], out int index) ? index : throw Damaged($"a feature '{names[j]}', which there is not,");
        }

        return features;
    }

    /// <summary>A length of time in whole days, 1 to a century.</summary>
    public int Days()
    {
        int days = Int();
        return days is >= 1 and <= MostDays ? days : throw Damaged($"a window of {days} days");
    }

    /// <summary>Goes on only where a part of the payload makes sense.</summary>
    public readonly void Require(bool sound, string otherwise)
    {
        if (!sound)
        {
            throw Damaged(otherwise);
        }
    }

    /// <summary>Refuses a payload whose features are not this program's.</summary>
    public void Schema()
    {
        string schema = Text();
        if (schema != FeatureCatalogue.SchemaHash)
        {
            throw new LearningException(
                $"{_name} was trained on feature schema {schema}; this program computes schema {FeatureCatalogue.SchemaHash}. Train again, or use the program that wrote it.");
        }
    }

    public void End()
    {
        if (_position != _payload.Length)
        {
            throw Damaged($"{_payload.Length - _position} bytes after its end");
        }
    }

    private int Count(int size)
    {
        int count = Int();
        if (count < 0 || (long)count * size > _payload.Length - _position)
        {
            throw Damaged($"a count of {count}");
        }

        return count;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _payload.Length - _position)
        {
            throw Damaged("its end");
        }

        ReadOnlySpan<byte> span = _payload.Span.Slice(_position, count);
        _position += count;
        return span;
    }

    private readonly LearningException Damaged(string found) =>
        new($"{_name} is damaged: {found} was found at byte {_position} of {_payload.Length}. Restore the file, or train again.");
}
