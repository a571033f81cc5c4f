using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Registry;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Registry;

public class ModelPackageTests
{
    [Fact]
    public void Equal_content_gives_equal_bytes_and_reads_back()
    {
        ModelPackage one = Samples.Package(),
            two = new(Samples.Manifest(), one.EntryNames.Reverse().Select(n => KeyValuePair.Create(n, one.Entry(n).ToArray())));
        byte[] bytes = one.ToBytes();
        Assert.Equal(bytes, two.ToBytes());
        ModelPackage read = ModelPackage.FromBytes(bytes, "1.zip");
        Assert.Equal(["churn.bin", "clv.bin", "drift.json"], read.EntryNames);
        Assert.Equal(one.Entry("churn.bin").ToArray(), read.Entry("churn.bin").ToArray());
        Assert.Equal(ModelJson.Write(one.Manifest), ModelJson.Write(read.Manifest));
        Assert.Equal(0.57, read.Manifest.Metrics.Churn["logLoss"]);
        Assert.Equal(bytes, read.ToBytes());
    }

    [Fact]
    public void The_zip_holds_no_clock_and_is_checkable_with_sha256sum()
    {
        using var zip = new ZipArchive(new MemoryStream(Samples.Package().ToBytes()));
        Assert.All(zip.Entries, e => Assert.Equal(1980, e.LastWriteTime.Year));
        Assert.Equal(["manifest.json", "churn.bin", "clv.bin", "drift.json", "checksums.sha256"], zip.Entries.Select(e => e.FullName));
        string[] lines = Text(zip, "checksums.sha256").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // SHA-256 of the bytes 1, 2, 3: printf '\1\2\3' | sha256sum
        Assert.Contains("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81  clv.bin", lines);
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public void Every_truncation_and_every_flipped_byte_that_matters_is_refused_by_name()
    {
        byte[] whole = Samples.Package(payload: 40).ToBytes();
        ModelPackage original = ModelPackage.FromBytes(whole, "7.zip");
        for (int length = 0; length < whole.Length; length += 13)
        {
            Assert.Contains(
                "7.zip", Assert.Throws<ModelPackageException>(() => ModelPackage.FromBytes(whole[..length], "models/x/7.zip")).Message,
                StringComparison.Ordinal);
        }

        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x41;
            try
            {
                // A flip in zip metadata nobody reads (entry times ...) may pass; the content must then be untouched.
                Assert.Equal(original.ToBytes(), ModelPackage.FromBytes(changed, "7.zip").ToBytes());
            }
            catch (ModelPackageException e)
            {
                Assert.Equal("7.zip", e.File);
                refused++;
            }
        }

        Assert.True(refused > whole.Length / 2, $"{refused} of {whole.Length} flips were refused");
    }

    [Theory]
    [InlineData("clv.bin", "fails its checksum")]
    [InlineData("manifest.json", "fails its checksum")]
    public void A_changed_entry_is_named(string entry, string reason)
    {
        var e = Assert.Throws<ModelPackageException>(() => ModelPackage.FromBytes(Rewrite(z => Replace(z, entry, "other")), "3.zip"));
        Assert.Contains($"3.zip: entry '{entry}' {reason}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Added_missing_doubled_and_ill_named_entries_are_refused()
    {
        Refused(z => Replace(z, "extra.bin", "x"), "entry 'extra.bin' has no checksum");
        Refused(z => z.GetEntry("clv.bin")!.Delete(), "entry 'clv.bin' is in 'checksums.sha256' but not in the zip");
        Refused(z => z.GetEntry("checksums.sha256")!.Delete(), "has no entry 'checksums.sha256'");
        Refused(z => z.CreateEntry("clv.bin"), "stands twice");
        Refused(z => z.CreateEntry("../evil.bin"), "entry name '../evil.bin' has characters other than");
        Refused(z => Replace(z, "checksums.sha256", "nonsense\n"), "holds the line 'nonsense'");

        static void Refused(Action<ZipArchive> change, string reason)
        {
            var e = Assert.Throws<ModelPackageException>(() => ModelPackage.FromBytes(Rewrite(change), "3.zip"));
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Limits_hold()
    {
        byte[] bytes = Samples.Package(payload: 5000).ToBytes();
        Refused(new ModelPackageLimits { EntryBytes = 4999 }, "entry 'churn.bin' unpacks to 5,000 bytes");
        Refused(new ModelPackageLimits { TotalBytes = 5000 }, "in all; expected at most");
        Refused(new ModelPackageLimits { Entries = 4 }, "has 5 entries; expected at most 4");
        Refused(new ModelPackageLimits { ManifestBytes = 10 }, "entry 'manifest.json' unpacks to");
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["1.zip"], bytes);
        var e = Assert.Throws<ModelPackageException>(() => ModelPackage.Read(folder["1.zip"], new ModelPackageLimits { FileBytes = 100 }));
        Assert.Contains("a model zip may have at most 100", e.Message, StringComparison.Ordinal);

        void Refused(ModelPackageLimits limits, string reason) =>
            Assert.Contains(
                reason, Assert.Throws<ModelPackageException>(() => ModelPackage.FromBytes(bytes, "1.zip", limits)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_deflated_bomb_is_refused_before_it_unpacks()
    {
        byte[] bomb = Rewrite(z =>
        {
            using Stream stream = z.CreateEntry("bomb.bin", CompressionLevel.Optimal).Open();
            stream.Write(new byte[20_000_000]);
        });
        Assert.True(bomb.Length < 100_000);
        var e = Assert.Throws<ModelPackageException>(
            () => ModelPackage.FromBytes(bomb, "1.zip", new ModelPackageLimits { EntryBytes = 1_000_000 }));
        Assert.Contains("entry 'bomb.bin' unpacks to 20,000,000 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_format_is_refused_saying_which_reader_it_needs()
    {
        byte[] bytes = new ModelPackage(
            Samples.Manifest() with { FormatVersion = 9, OldestReader = 8, WrittenBy = "predictive 7.0.0" }, []).ToBytes();
        var e = Assert.Throws<ModelPackageException>(() => ModelPackage.FromBytes(bytes, "9.zip"));
        Assert.Contains("has format 9, written by predictive 7.0.0, which needs a reader of format 8", e.Message, StringComparison.Ordinal);
        // Newer, but readable from format 1 on: accepted, unknown members skipped.
        Assert.Equal(
            9,
            ModelPackage.FromBytes(
                new ModelPackage(Samples.Manifest() with { FormatVersion = 9 }, []).ToBytes(), "9.zip").Manifest.FormatVersion);
    }

    [Fact]
    public void A_schema_whose_hash_is_wrong_is_refused()
    {
        ModelManifest manifest = Samples.Manifest();
        byte[] bytes = new ModelPackage(manifest with { Features = manifest.Features with { Hash = "0123456789abcdef" } }, []).ToBytes();
        Assert.Contains(
            "feature schema's hash", Assert.Throws<ModelPackageException>(() => ModelPackage.FromBytes(bytes, "1.zip")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_difference_is_said_in_plain_words()
    {
        FeatureDefinition a = Samples.Feature("a", "days"), b = Samples.Feature("b", "days");
        FeatureSchema old = FeatureSchema.Of([a, b]);
        Assert.Null(old.DifferenceFrom(FeatureSchema.Of([a, b])));
        Assert.Equal("feature 2 is missing; this build computes 'b' there", FeatureSchema.Of([a]).DifferenceFrom(old));
        Assert.Equal("feature 1 is 'a'; this build computes 'b' there", old.DifferenceFrom(FeatureSchema.Of([b])));
        Assert.StartsWith(
            "feature 'b' was defined differently", old.DifferenceFrom(FeatureSchema.Of([a, b with { Revision = 2 }])),
            StringComparison.Ordinal);
    }

    private static byte[] Rewrite(Action<ZipArchive> change)
    {
        var stream = new MemoryStream();
        stream.Write(Samples.Package().ToBytes());
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            change(zip);
        }

        return stream.ToArray();
    }

    private static void Replace(ZipArchive zip, string name, string text)
    {
        zip.GetEntry(name)?.Delete();
        using Stream stream = zip.CreateEntry(name).Open();
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    private static string Text(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
