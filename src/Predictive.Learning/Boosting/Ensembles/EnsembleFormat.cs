using Predictive.Learning.Boosting.Prediction;
using System.Buffers.Binary;
using System.Text;
using Predictive.Learning.Boosting.Binning;

namespace Predictive.Learning.Boosting.Ensembles;

/// <summary>
/// The binary format of a tree ensemble, little-endian:
/// <code>
/// "PGBT"  u16 version  u16 oldest reader
/// u8 objective  f64 Tweedie power  f64 quantile  f64 Huber delta  f64 base score
/// u32 features, each: u16 bytes, UTF-8 name
/// u32 code tables, each: u16 codes (at most 254), u32 per code, ascending
/// u32 category sets, each: u32 code table, 4 × u64 (bit i: code i goes left)
/// u32 trees, each: u16 splits s, then arrays: s × u16 leaf, s × u16 feature, s × f32 threshold, s × u8 flags,
///     s × i32 category set (−1 = numeric), s × f32 gain, (s + 1) × f32 leaf value, (s + 1) × f32 leaf cover
/// </code>
/// Flags: bit 0 = missing goes left. A reader refuses a payload whose oldest reader is newer than itself, a value out of range, or a byte
/// too many; counts are checked against the bytes left before anything is allocated.
/// </summary>
internal static class EnsembleFormat
{
    /// <summary>History: 1 = first.</summary>
    public const ushort Version = 1;

    /// <summary>The oldest version whose reader understands what this one writes.</summary>
    public const ushort OldestReader = 1;

    private static readonly byte[] Magic = "PGBT"u8.ToArray();

    public static void Write(TreeEnsemble ensemble, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(OldestReader);
        writer.Write((byte)ensemble.Objective);
        writer.Write(ensemble.Parameters.TweediePower);
        writer.Write(ensemble.Parameters.Quantile);
        writer.Write(ensemble.Parameters.HuberDelta);
        writer.Write(ensemble.BaseScore);
        writer.Write((uint)ensemble.FeatureNames.Count);
        foreach (string name in ensemble.FeatureNames)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            writer.Write(checked((ushort)bytes.Length));
            writer.Write(bytes);
        }

        CategorySet[] sets = [.. ensemble.Members.SelectMany(tree => tree.Sets).OfType<CategorySet>()];
        int[][] tables = [.. sets.Select(set => set.Codes).Distinct()];
        var tableNumber = tables.Select((table, i) => (table, i)).ToDictionary(pair => pair.table, pair => pair.i);
        writer.Write((uint)tables.Length);
        foreach (int[] table in tables)
        {
            writer.Write((ushort)table.Length);
            Array.ForEach(table, code => writer.Write((uint)code));
        }

        writer.Write((uint)sets.Length);
        foreach (CategorySet set in sets)
        {
            writer.Write((uint)tableNumber[set.Codes]);
            Array.ForEach(set.Left, writer.Write);
        }

        writer.Write((uint)ensemble.Trees);
        int nextSet = 0;
        foreach (EnsembleTree tree in ensemble.Members)
        {
            writer.Write((ushort)tree.Splits);
            Array.ForEach(tree.Leaf, leaf => writer.Write((ushort)leaf));
            Array.ForEach(tree.Feature, feature => writer.Write((ushort)feature));
            Array.ForEach(tree.Threshold, writer.Write);
            Array.ForEach(tree.MissingLeft, left => writer.Write((byte)(left ? 1 : 0)));
            Array.ForEach(tree.Sets, set => writer.Write(set is null ? -1 : nextSet++));
            Array.ForEach(tree.Gain, writer.Write);
            Array.ForEach(tree.LeafValues, writer.Write);
            Array.ForEach(tree.LeafCovers, writer.Write);
        }
    }

    public static TreeEnsemble Read(ReadOnlySpan<byte> payload)
    {
        var reader = new Reader(payload);
        if (!reader.Bytes(4, "the signature").SequenceEqual(Magic))
        {
            throw new LearningException("Tree ensemble payload: it does not begin with 'PGBT'; expected what TreeEnsemble.Save writes.");
        }

        ushort version = reader.U16("the version");
        ushort oldest = reader.U16("the oldest reader");
        if (oldest > Version)
        {
            throw new LearningException(
                $"Tree ensemble payload: format {version} needs a reader of at least format {oldest}; this one reads up to {Version}. "
                    + "Update the program.");
        }

        reader.Check(version >= 1 && oldest >= 1, "the version", version, "1 or more");
        var objective = (Objective)reader.U8("the objective");
        reader.Check(Enum.IsDefined(objective), "the objective", (int)objective, "a known number");
        var parameters = new LossParameters(reader.F64("the Tweedie power"), reader.F64("the quantile"), reader.F64("the Huber delta"));
        reader.Check(parameters.TweediePower is > 1 and < 2, "the Tweedie power", parameters.TweediePower, "between 1 and 2");
        reader.Check(parameters.Quantile is > 0 and < 1, "the quantile", parameters.Quantile, "between 0 and 1");
        reader.Check(
            parameters.HuberDelta > 0 && double.IsFinite(parameters.HuberDelta), "the Huber delta", parameters.HuberDelta, "above 0");
        double baseScore = reader.F64("the base score");
        reader.Check(double.IsFinite(baseScore), "the base score", baseScore, "a finite number");
        string[] names = ReadNames(ref reader);
        CategorySet[] sets = ReadSets(ref reader);
        int count = reader.Count("trees", 2 + 8, int.MaxValue);
        var trees = new EnsembleTree[count];
        for (int t = 0; t < count; t++)
        {
            trees[t] = ReadTree(ref reader, names.Length, sets);
        }

        reader.Check(reader.Left == 0, "the end", reader.Left, "no byte after the last tree");
        return new TreeEnsemble(names, objective, parameters, baseScore, trees);
    }

    private static string[] ReadNames(ref Reader reader)
    {
        int count = reader.Count("features", 2, 65_535);
        reader.Check(count >= 1, "the number of features", count, "at least 1");
        var names = new string[count];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int j = 0; j < count; j++)
        {
            names[j] = Encoding.UTF8.GetString(reader.Bytes(reader.U16("a name's length"), "a feature name"));
            reader.Check(seen.Add(names[j]), "feature name", j, "distinct names");
        }

        return names;
    }

    private static CategorySet[] ReadSets(ref Reader reader)
    {
        var tables = new int[reader.Count("code tables", 2, 1 << 20)][];
        for (int t = 0; t < tables.Length; t++)
        {
            int length = reader.U16("a code table's length");
            reader.Check(length <= 254 && length * 4 <= reader.Left, "a code table's length", length, "at most 254 codes, all present");
            tables[t] = new int[length];
            for (int i = 0; i < length; i++)
            {
                uint code = reader.U32("a category code");
                reader.Check(
                    code <= CategoryCodes.MaxCode && (i == 0 || code > tables[t][i - 1]), "a category code", code,
                    "ascending codes up to 16777215");
                tables[t][i] = (int)code;
            }
        }

        var sets = new CategorySet[reader.Count("category sets", 36, int.MaxValue)];
        for (int s = 0; s < sets.Length; s++)
        {
            uint table = reader.U32("a code table's number");
            reader.Check(table < tables.Length, "a code table's number", table, "one of the tables");
            sets[s] = new CategorySet(tables[table], [reader.U64("a set"), reader.U64("a set"), reader.U64("a set"), reader.U64("a set")]);
        }

        return sets;
    }

    private static EnsembleTree ReadTree(ref Reader reader, int features, CategorySet[] sets)
    {
        int splits = reader.U16("the number of splits");
        reader.Check(splits < 4096, "the number of splits", splits, "at most 4095");
        reader.Check(
            ((long)splits * 17) + ((splits + 1) * 8L) <= reader.Left, "the number of splits", splits, "splits that are all present");
        var (leaf, feature, threshold) = (new int[splits], new int[splits], new float[splits]);
        var (missingLeft, set, gain) = (new bool[splits], new CategorySet?[splits], new float[splits]);
        var (values, covers) = (new float[splits + 1], new float[splits + 1]);
        for (int k = 0; k < splits; k++)
        {
            leaf[k] = reader.U16("a leaf");
            reader.Check(leaf[k] <= k, "the leaf of a split", leaf[k], "a leaf made before");
        }

        for (int k = 0; k < splits; k++)
        {
            feature[k] = reader.U16("a feature");
            reader.Check(feature[k] < features, "the feature of a split", feature[k], "one of the features");
        }

        for (int k = 0; k < splits; k++)
        {
            threshold[k] = reader.F32("a threshold");
            reader.Check(!float.IsNaN(threshold[k]), "a threshold", threshold[k], "a number");
        }

        for (int k = 0; k < splits; k++)
        {
            byte flags = reader.U8("flags");
            reader.Check(flags <= 1, "flags", flags, "0 or 1");
            missingLeft[k] = flags == 1;
        }

        for (int k = 0; k < splits; k++)
        {
            int number = (int)reader.U32("a category set");
            reader.Check(number >= -1 && number < sets.Length, "a category set", number, "-1 or one of the sets");
            set[k] = number < 0 ? null : sets[number];
        }

        ReadNumbers(ref reader, gain, "a gain", nonNegative: true);
        ReadNumbers(ref reader, values, "a leaf value", nonNegative: false);
        ReadNumbers(ref reader, covers, "a leaf cover", nonNegative: true);
        return new EnsembleTree(leaf, feature, threshold, missingLeft, set, gain, values, covers);
    }

    private static void ReadNumbers(ref Reader reader, float[] numbers, string what, bool nonNegative)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = reader.F32(what);
            reader.Check(
                float.IsFinite(numbers[i]) && !(nonNegative && numbers[i] < 0), what, numbers[i],
                nonNegative ? "a finite number, 0 or more" : "a finite number");
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> payload)
    {
        private readonly ReadOnlySpan<byte> _payload = payload;
        private int _position;

        public readonly int Left => _payload.Length - _position;

        public byte U8(string what) => Bytes(1, what)[0];

        public ushort U16(string what) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2, what));

        public uint U32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4, what));

        public ulong U64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8, what));

        public float F32(string what) => BinaryPrimitives.ReadSingleLittleEndian(Bytes(4, what));

        public double F64(string what) => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(8, what));

        /// <summary>
        /// A number of things that each take at least <paramref name="least"/> bytes, so that it cannot claim more than there is.
        /// </summary>
        public int Count(string what, int least, int most)
        {
            uint count = U32($"the number of {what}");
            Check(
                count <= most && (long)count * least <= Left, $"the number of {what}", count,
                $"at most {Math.Min(most, Left / least)}, by the bytes left");
            return (int)count;
        }

        public ReadOnlySpan<byte> Bytes(int count, string what)
        {
            if (count > Left)
            {
                throw new LearningException(
                    $"Tree ensemble payload: {what} needs {count} bytes at offset {_position}, but {Left} are left; the payload is cut "
                        + "short or damaged.");
            }

            ReadOnlySpan<byte> bytes = _payload.Slice(_position, count);
            _position += count;
            return bytes;
        }

        public readonly void Check(bool valid, string what, double found, string expected)
        {
            if (!valid)
            {
                throw new LearningException(FormattableString.Invariant(
                    $"Tree ensemble payload: {what} before offset {_position} is {found}, expected {expected}; the payload is damaged."));
            }
        }
    }
}
