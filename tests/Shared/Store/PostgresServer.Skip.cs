namespace Predictive.Tests;

public sealed partial class PostgresServer
{
    static partial void Need(bool isThere, string words) => Assert.SkipUnless(isThere, words);
}
