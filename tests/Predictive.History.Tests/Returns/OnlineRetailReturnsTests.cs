using Predictive.History.Import;
using Predictive.History.Loading;
using Predictive.History.Returns;
using Predictive.Tests;

namespace Predictive.History.Tests.Returns;

/// <summary>Returns of a real shop, which names them by invoices of their own (C541433).</summary>
public sealed class OnlineRetailReturnsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("returns-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Customer_12346_kept_nothing_and_most_returns_answer_to_a_purchase()
    {
        CsvImport.Run(new ImportOptions
        {
            Source = SharedData.Path("data/online_retail/online_retail_to_2011-08-31.csv.gz"), OutputFolder = _folder,
            Existing = ExistingData.Overwrite,
        });
        TransactionHistory history = DatasetLoader.Load(_folder);
        LocalTime asOf = LocalTime.StartOf(new DateOnly(2011, 9, 1));
        var matching = new ReturnMatching();
        long returned = 0, unmatched = 0, returns = 0;
        double paid = 0, shopKept = 0;
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines before = history.Lines(c).Before(asOf);
            CustomerLines kept = matching.Mark(before, out ReturnCounts counts);
            (returned, unmatched) = (returned + counts.ReturnedOrders, unmatched + counts.UnmatchedReturns);
            double net = 0, left = 0;
            for (int i = 0; i < before.Count; i++)
            {
                returns += before.Amount[i] < 0 ? 1 : 0;
                (net, left) = (net + before.Amount[i], left + kept.Kept[i]);
            }

            Assert.True(left <= net + 1e-6, history.CustomerId(c));
            (paid, shopKept) = (paid + net, shopKept + net - left);
            if (history.CustomerId(c) == "12346")
            {
                Assert.Equal((new ReturnCounts(0, 1, 0), true), (counts, counts.KeptNothing));
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{returned} orders returned whole; {unmatched} of {returns} returns answer to no purchase; "
                + $"{shopKept:0.00} of {paid:0.00} was kept by the shop of what came back");
        Assert.True(shopKept < paid * .001, $"{shopKept} of {paid}");
        Assert.True(returned > 50 && unmatched < returns / 2, $"{returned} returned, {unmatched} of {returns} unmatched");
    }
}
