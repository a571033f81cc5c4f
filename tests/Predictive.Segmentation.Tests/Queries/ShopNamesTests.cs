using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Questions;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>What a shop calls its own columns, in dataset.json: asked for and shown by those names, in both languages.</summary>
public sealed class ShopNamesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("names-").FullName;

    public ShopNamesTests()
    {
        foreach (string table in (string[])["transactions.parquet", "customers.parquet"])
        {
            File.Copy(Path.Combine(SharedData.RepositoryRoot, "data-samples", table), Path.Combine(_folder, table));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_column_is_asked_for_by_its_names_in_both_languages()
    {
        QueryBase of = Base("""{"names": {"region": {"en": "sales area", "zh": "销售地区", "also": ["territory"]}}}""");
        Dimension region = of.Dimension("销售地区");
        Assert.Equal(("attribute.region", "sales area", "销售地区"), (region.Name, region.English, region.Chinese));
        Assert.Equal("attribute.region", of.Dimension("Territory").Name);
        Assert.Equal("attribute.region", of.Dimension("region").Name);
        var reader = new QuestionReader(of);
        foreach (string question in (string[])
            ["revenue by sales area in 2024", "revenue by territory in 2024", "2024年按销售地区的销售额"])
        {
            Assert.Equal(["attribute.region"], Assert.Single(reader.Read(question).Readings).Query.By!);
        }

        Assert.Equal("age band", of.Dimension("attribute.age_band").English);
    }

    [Fact]
    public void A_name_that_two_go_by_is_asked_back_and_a_canonical_one_keeps_its_meaning()
    {
        QueryBase of = Base("""{"names": {"region": {"en": "stage"}, "age_band": {"en": "tier"}}}""");
        QueryRefusedException fault = Assert.Throws<QueryRefusedException>(() => of.Dimension("stage"));
        Assert.Contains("'lifecycle' or 'attribute.region'", fault.Message, StringComparison.Ordinal);
        Assert.Equal("tier", of.Dimension("tier").Name);
        UnderstoodQuestion understood = new QuestionReader(of).Read("revenue by stage in 2024");
        Assert.Empty(understood.Readings);
        Assert.Contains("write which", understood.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"names": ["region"]}""", "\"names\" is Array, not an object")]
    [InlineData("""{"names": {"region": "area"}}""", "\"names.region\" is String, not an object")]
    [InlineData("""{"names": {"region": {"de": "Gebiet"}}}""", "\"names\".\"region\" has 'de', expected \"en\", \"zh\" or \"also\"")]
    [InlineData("""{"names": {"region": {"zh": " "}}}""", "\"names\".\"region\".\"zh\" is empty")]
    public void A_fault_in_the_names_is_told(string description, string expected) =>
        Assert.Contains(expected, Assert.Throws<DatasetException>(() => Base(description)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_of_a_column_that_is_not_there_is_told_by_the_check_and_refuses_nothing()
    {
        Assert.Equal("region", Base("""{"names": {"regoin": {"en": "area"}}}""").Dimension("region").English);
        Finding told = Assert.Single(DatasetCheck.Run(_folder).Findings, f => f.Code == "unknown-name");
        Assert.Equal((FindingSeverity.Warning, 1L), (told.Severity, told.Count));
        Assert.Equal(["regoin"], told.Examples!);
    }

    [Fact]
    public void Names_are_written_as_they_were_read()
    {
        DatasetDescription description = Read("""{"names": {"region": {"zh": "销售地区", "also": ["territory", "area"]}}}""");
        byte[] written = DatasetFolder.WriteDescription(description);
        File.WriteAllBytes(Path.Combine(_folder, DatasetFolder.DescriptionFile), written);
        DatasetDescription again = DatasetFolder.ReadDescription(_folder);
        Assert.Equal(written, DatasetFolder.WriteDescription(again));
        Assert.Equal((null, "销售地区"), (again.Names["region"].English, again.Names["region"].Chinese));
        Assert.Equal(["territory", "area"], again.Names["region"].Also);
    }

    private DatasetDescription Read(string description)
    {
        File.WriteAllText(Path.Combine(_folder, DatasetFolder.DescriptionFile), description);
        return DatasetFolder.ReadDescription(_folder);
    }

    private QueryBase Base(string description)
    {
        _ = Read(description);
        return MetricsByDuckTests.Base(DatasetLoader.Load(_folder));
    }
}
