namespace Predictive.Segmentation.Queries;

/// <summary>What a dimension divides.</summary>
public enum DimensionKind
{
    /// <summary>Days.</summary>
    Time,

    /// <summary>Lines.</summary>
    Line,

    /// <summary>Customers, as of the as-of: what a customer is today, not what it was when it bought.</summary>
    Customer,
}

/// <summary>Something figures can be divided by, and filtered on.</summary>
/// <param name="Name">As queries name it.</param>
/// <param name="Kind">What it divides.</param>
/// <param name="English">Its name.</param>
/// <param name="Chinese">Its name in 简体中文.</param>
/// <param name="Synonyms">Other names, in both languages.</param>
/// <param name="Description">What it says.</param>
public sealed record Dimension(
    string Name, DimensionKind Kind, string English, string Chinese, IReadOnlyList<string> Synonyms, string Description)
{
    /// <summary>Every name it goes by.</summary>
    public IEnumerable<string> Names => [Name, English, Chinese, .. Synonyms];
}

/// <summary>The dimensions every dataset may have; attributes of the customers table and own segments come with a dataset.</summary>
public static class Dimensions
{
    /// <summary>Prefix of a column of the customers table.</summary>
    public const string Attribute = "attribute.";

    /// <summary>Prefix of a shop's own segment, yes or no.</summary>
    public const string Own = "own.";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Dimension> All { get; } =
    [
        new("day", DimensionKind.Time, "day", "日", ["daily", "date", "按日", "每天", "每日", "天"], "Local day."),
        new("week", DimensionKind.Time, "week", "周", ["weekly", "per week", "每周", "按周"], "Week from Monday, named by that day."),
        new("month", DimensionKind.Time, "month", "月", ["monthly", "months", "每月", "按月", "月份", "各月"], "Calendar month."),
        new("quarter", DimensionKind.Time, "quarter", "季度", ["quarterly", "quarters", "每季", "季"], "Calendar quarter."),
        new("year", DimensionKind.Time, "year", "年", ["yearly", "annual", "years", "每年", "年份", "年度"], "Calendar year."),
        new("weekday", DimensionKind.Time, "weekday", "星期", ["day of week", "day of the week", "weekdays", "星期几", "周几"],
            "Monday to Sunday."),
        new("channel", DimensionKind.Line, "channel", "渠道", ["channels", "sales channel", "销售渠道"], "Where the line was sold."),
        new("category", DimensionKind.Line, "category", "品类", ["categories", "product category", "类别", "分类", "类目"],
            "Category of the product."),
        new("product", DimensionKind.Line, "product", "产品", ["products", "item", "items", "article", "商品", "单品"], "The product."),
        Of("acquisition_channel", "acquisition channel", "获客渠道", ["first channel", "channel of acquisition", "首购渠道", "来源渠道"],
            "Channel of the first purchase."),
        Of("acquisition_month", "acquisition month", "获客月份", ["cohort", "cohorts", "first month", "首购月份", "客户群组"],
            "Month of the first purchase."),
        Of("rfm_segment", "RFM segment", "RFM 分群", ["segment", "segments", "rfm", "分群", "客户分群", "RFM分群"], "Named segment of the RFM cell."),
        Of("rfm_group", "RFM group", "RFM 聚类", ["rfm groups", "RFM聚类"], "Group of the RFM cell."),
        Of("lifecycle", "lifecycle stage", "生命周期阶段", ["stage", "stages", "lifecycle stages", "生命周期", "阶段"], "Lifecycle stage."),
        Of("tier", "tier", "会员等级", ["tiers", "membership tier", "level", "membership", "等级", "会员级别"], "Membership tier."),
        Of("value_band", "value band", "价值分级", ["abc", "value class", "value bands", "价值等级"], "A, B or C by annual value."),
        Of("loyalty_band", "loyalty", "忠诚度", ["loyalty bands", "忠诚度等级"], "low, medium or high loyalty."),
        Of("quadrant", "group A–E", "A–E 分组", ["quadrants", "group"], "Group A to E of order frequency × order value."),
        Of("value_matrix", "value matrix", "价值矩阵", ["matrix", "cell", "matrix cell", "矩阵"], "star, cash cow, potential or problem."),
        Of("predicted_tier", "predicted tier", "预测等级", ["tier predicted"], "Tier at the end of the horizon."),
        Of("churn_band", "risk band", "风险等级", ["risk", "churn risk band", "risk bands", "流失风险等级"], "low, medium or high risk to leave."),
        Of("lifetime_band", "lifetime value band", "终身价值分级", ["clv band"], "low, middle or high lifetime value."),
        Of("portrait", "portrait", "客户画像", ["portraits", "画像"], "The group of alike customers."),
        Of("nps_group", "NPS group", "NPS 分组", ["NPS分组"], "promoter, passive or detractor."),
    ];

    private static Dimension Of(string name, string english, string chinese, IReadOnlyList<string> synonyms, string description) =>
        new(name, DimensionKind.Customer, english, chinese, synonyms, description);
}
