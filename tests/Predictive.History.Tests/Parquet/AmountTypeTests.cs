using System.Globalization;
using System.Numerics;
using ParquetSharp;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;

namespace Predictive.History.Tests.Parquet;

/// <summary>Every stored type that may be money.</summary>
public sealed class AmountTypeTests : TypesMatrix
{
    [Theory]
    [InlineData("int32")]
    [InlineData("int64")]
    [InlineData("uint32")]
    [InlineData("uint64")]
    [InlineData("float")]
    [InlineData("half")]
    [InlineData("double")]
    public void Numbers_of_every_kind(string type)
    {
        (MadeColumn column, double[] expected) = type switch
        {
            "int32" => (new MadeColumn("amount", PhysicalType.Int32, LogicalType.None, [-5, 0, int.MaxValue]),
                new double[] { -5, 0, int.MaxValue }),
            "int64" => (new MadeColumn("amount", PhysicalType.Int64, LogicalType.None, [-5L, 0L, 9_999_999_999_999L]),
                [-5, 0, 9_999_999_999_999]),
            "uint32" => (new MadeColumn("amount", PhysicalType.Int32, () => LogicalType.Int(32, false), [-1, 0, 7]), [4_294_967_295, 0, 7]),
            "uint64" => (new MadeColumn("amount", PhysicalType.Int64, () => LogicalType.Int(64, false), [1L << 40, 0L, 7L]),
                [1L << 40, 0, 7]),
            "float" => (new MadeColumn("amount", PhysicalType.Float, LogicalType.None, [1.1f, -0f, 7.25f]), [1.1f, 0, 7.25]),
            "half" => (new MadeColumn("amount", PhysicalType.FixedLenByteArray, LogicalType.Float16, [Half(1.5f), Half(-0f), Half(-7.25f)],
                2), [1.5, 0, -7.25]),
            _ => (new MadeColumn("amount", PhysicalType.Double, LogicalType.None, [1.1, -0.0, -7.25]), [1.1, 0, -7.25]),
        };
        MadeFile.Write(File, [OneCustomer(3), Days(3), column]);
        double[] amounts = DatasetLoader.Load(Folder).Columns.Amount;
        Assert.Equal(expected, amounts);
        Assert.DoesNotContain(amounts, a => a == 0 && double.IsNegative(a)); // −0 is 0
    }

    /// <summary>Every storage and scale: each value is the double nearest to the decimal, and their sum in cents is the planted
    /// one.</summary>
    [Theory]
    [InlineData(PhysicalType.Int32, 9)]
    [InlineData(PhysicalType.Int64, 18)]
    [InlineData(PhysicalType.FixedLenByteArray, 20)]
    [InlineData(PhysicalType.FixedLenByteArray, 38)]
    [InlineData(PhysicalType.ByteArray, 38)]
    public void Decimals_are_exact_to_the_cent(PhysicalType physical, int precision)
    {
        for (int scale = 0; scale <= Math.Min(precision, 24); scale++)
        {
            var random = new Random((precision * 100) + scale);
            BigInteger largest = BigInteger.Min(BigInteger.Pow(10, precision) - 1, BigInteger.Pow(10, 12 + scale));
            BigInteger[] unscaled = [.. Enumerable.Range(0, 500).Select(i => i == 0 ? largest : i == 1 ? -largest : Any(random, largest))];
            int length = physical == PhysicalType.FixedLenByteArray ? (precision == 20 ? 9 : 16) : -1;
            int digits = scale;
            MadeFile.Write(
                File,
                [
                    OneCustomer(500), Days(500),
                    new MadeColumn("amount", physical, () => LogicalType.Decimal(precision, digits),
                        [.. unscaled.Select(u => Stored(u, physical, length))], length),
                ],
                211);
            double[] expected = [.. unscaled.Select(u => double.Parse($"{u}e-{digits}", CultureInfo.InvariantCulture))];
            double[] amounts = DatasetLoader.Load(Folder).Columns.Amount;
            Assert.Equal(expected, amounts);
            if (scale == 2)
            {
                Assert.Equal(unscaled.Aggregate(BigInteger.Zero, (s, u) => s + u),
                    amounts.Aggregate(BigInteger.Zero, (s, a) => s + new BigInteger(Math.Round(a * 100))));
            }
        }
    }

    [Fact]
    public void Decimals_by_other_writers_are_exact()
    {
        foreach (string type in new[] { "DECIMAL(4,2)", "DECIMAL(9,2)", "DECIMAL(18,2)", "DECIMAL(38,2)" })
        {
            Duck.Write(
                File,
                $"SELECT 'c' AS customer_id, DATE '2024-01-01' + i::INT AS ordered_at, (CASE WHEN i % 2 = 0 THEN -1 ELSE 1 END * i / "
                    + $"100)::{type} AS amount FROM range(1000) t(i)");
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => (i % 2 == 0 ? -i : i) / 100.0 + 0.0),
                DatasetLoader.Load(Folder).Columns.Amount);
        }
    }

    [Fact]
    public void Impossible_amounts_are_one_finding_in_load_and_check()
    {
        double?[] values = [1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e13, -1e13, Math.BitIncrement(1e13), -1.1e13,
            1e300, 0];
        MadeFile.Write(File, [OneCustomer(values.Length), Days(values.Length), MadeColumn.Double("amount", values)], 3);
        Finding finding = Refused(Folder);
        Assert.Equal(("impossible-amount", 6L, "amount"), (finding.Code, finding.Count, finding.Column));
        Assert.Equal([2, 3, 4, 7, 8], finding.Examples!.Select(e => int.Parse(e[e.LastIndexOf(' ')..], CultureInfo.InvariantCulture)));

        MadeFile.Write(File, [OneCustomer(2), Days(2), MadeColumn.Double("amount", 1e13, -1e13)]);
        Assert.Equal([1e13, -1e13], DatasetLoader.Load(Folder).Columns.Amount);
    }

    [Fact]
    public void A_missing_amount_is_not_an_impossible_one()
    {
        MadeFile.Write(File, [OneCustomer(4), Days(4), MadeColumn.Double("amount", 1, null, double.NaN, null)]);
        DatasetException refused = Assert.Throws<DatasetException>(() => DatasetLoader.Load(Folder));
        Assert.Equal([("missing-amount", 2L), ("impossible-amount", 1L)], refused.Findings.Select(f => (f.Code, f.Count)));
        CheckReport report = DatasetCheck.Run(Folder);
        Assert.All(refused.Findings, f => Assert.Contains(report.Findings, c => c.Code == f.Code && c.Message == f.Message));
    }

    private static byte[] Half(float value) => BitConverter.GetBytes((Half)value);

    private static BigInteger Any(Random random, BigInteger largest)
    {
        byte[] bytes = new byte[largest.GetByteCount()];
        random.NextBytes(bytes);
        return BigInteger.Remainder(new BigInteger(bytes), BigInteger.Pow(10, random.Next(1, 30))) % largest;
    }

    private static object Stored(BigInteger unscaled, PhysicalType physical, int length)
    {
        byte[] bytes = unscaled.ToByteArray(isBigEndian: true);
        return physical switch
        {
            PhysicalType.Int32 => (int)unscaled,
            PhysicalType.Int64 => (long)unscaled,
            PhysicalType.ByteArray => bytes,
            _ => Enumerable.Repeat((byte)(unscaled.Sign < 0 ? 255 : 0), length - bytes.Length).Concat(bytes).ToArray(),
        };
    }
}
