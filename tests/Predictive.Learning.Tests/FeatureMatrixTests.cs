using Predictive.Learning;

namespace Predictive.Learning.Tests;

public class FeatureMatrixTests
{
    [Fact]
    public void Select_shares_columns_in_the_order_asked()
    {
        var matrix = new FeatureMatrix(["a", "b", "c"], [[1, 2], [3, 4], [5, 6]]);
        FeatureMatrix selected = matrix.Select(["c", "a"]);
        Assert.Equal(["c", "a"], selected.Names);
        Assert.Same(matrix.ColumnArray(2), selected.ColumnArray(0));
        Assert.Equal(2, selected.Rows);
    }

    [Fact]
    public void TakeRows_may_repeat_rows()
    {
        var matrix = new FeatureMatrix(["a"], [[1, 2, 3]]);
        Assert.Equal([3f, 1f, 3f], matrix.TakeRows([2, 0, 2]).Column(0).ToArray());
    }

    [Fact]
    public void A_column_of_another_length_is_named()
    {
        var e = Assert.Throws<ArgumentException>(() => new FeatureMatrix(["a", "b"], [[1, 2], [3]]));
        Assert.Contains("'b' has 1 rows; expected 2", e.Message, StringComparison.Ordinal);
    }
}
