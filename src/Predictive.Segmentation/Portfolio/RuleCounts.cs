using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.Segmentation.Portfolio;

/// <summary>What the rules between items and categories are made of; as JSON one text, compressed.</summary>
[JsonConverter(typeof(Packed))]
internal sealed class RuleCounts
{
    /// <summary>Bought together, and after one another.</summary>
    public AssociationCounts Association { get; init; } = new();

    /// <summary>Who buys from a category for the first time.</summary>
    public CategoryThresholdCounts Thresholds { get; init; } = new();

    /// <summary>Adds another part.</summary>
    public void Add(RuleCounts other)
    {
        Association.Add(other.Association);
        Thresholds.Add(other.Thresholds);
    }

    private sealed class Packed : JsonConverter<RuleCounts>
    {
        public override RuleCounts Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                using var from = new BinaryReader(
                    new BrotliStream(new MemoryStream(reader.GetBytesFromBase64()), CompressionMode.Decompress), Encoding.UTF8);
                return new RuleCounts { Association = AssociationCounts.Read(from), Thresholds = CategoryThresholdCounts.Read(from) };
            }
            catch (Exception e) when (e is IOException or InvalidDataException or InvalidOperationException or FormatException)
            {
                throw new JsonException($"the counts of the rules cannot be read: {e.Message}", e);
            }
        }

        public override void Write(Utf8JsonWriter writer, RuleCounts value, JsonSerializerOptions options)
        {
            var bytes = new MemoryStream();
            using (var to = new BinaryWriter(new BrotliStream(bytes, CompressionLevel.Optimal), Encoding.UTF8))
            {
                value.Association.Write(to);
                value.Thresholds.Write(to);
            }

            writer.WriteBase64StringValue(bytes.ToArray());
        }
    }
}

/// <summary>
/// How far the rules of a portfolio from parts are those of the whole base: exactly, where all are 0. Parts count more items and categories
/// than the rules look at, but not all.
/// </summary>
/// <param name="Items">Items looked at, pairs of which some part did not count: such a pair has at most the support told.</param>
/// <param name="Lags">Sequences whose days in between are those of a part of their customers, a random one.</param>
/// <param name="Categories">Categories whose thresholds rest on a part of the customers, a random one.</param>
public sealed record RulesCutShort(int Items, int Lags, int Categories);
