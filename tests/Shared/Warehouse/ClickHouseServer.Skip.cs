namespace Predictive.Tests;

public sealed partial class ClickHouseServer
{
    static partial void Need(bool isThere, string words) => Assert.SkipUnless(isThere, words);
}
