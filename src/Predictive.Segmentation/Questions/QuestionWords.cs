using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Questions;

/// <summary>Words of questions beside the catalogue's names.</summary>
internal static class QuestionWords
{
    /// <summary>Words that carry no condition: passed over. Anything else that no name has is not understood.</summary>
    public static IReadOnlySet<string> Fillers { get; } = new HashSet<string>(
    [
        "what", "what's", "whats", "is", "was", "were", "are", "be", "the", "a", "an", "of", "in", "on", "at", "our", "we", "us",
        "did", "do",
        "does", "had", "have", "has", "how", "much", "many", "show", "me", "tell", "give", "please", "for", "to", "who", "which", "there",
        "with", "and", "during", "over", "get", "make", "made", "i", "my", "see", "want", "it", "their", "this", "that", "total", "overall",
        "all", "number", "figure", "value", "development", "each", "bring", "brought", "buy", "bought", "place", "placed", "shop",
        "members", "member", "会员", "win",
        "won", "come", "came", "comes", "been",
        "can", "you", "develop", "split", "broken", "down", "divided", "look", "like", "report", "list", "customers", "customer", "people",
        "客户", "的", "是", "多少", "有", "我们", "请", "问", "在", "里", "中", "了", "吗", "呢", "什么", "怎么样", "如何", "各", "按", "每", "每个", "显示", "给我",
        "看", "一下", "情况", "是多少", "有多少", "哪些", "会", "总", "总共", "一共", "店", "本店", "和", "与", "分别", "查看", "统计", "我", "想", "知道", "要", "个",
    ], StringComparer.Ordinal);

    /// <summary>Words before a dimension.</summary>
    public static IReadOnlySet<string> By { get; } = new HashSet<string>(["by", "per", "every", "按", "每", "各",
        "每个"], StringComparer.Ordinal);

    /// <summary>Words that ask for a reason.</summary>
    public static IReadOnlyList<string> Why { get; } =
        ["why", "what explains", "what caused", "reason for", "reasons for", "为什么", "为何", "什么原因", "的原因", "原因"];

    /// <summary>Words that hold what is named against something that is named, too.</summary>
    public static IReadOnlyList<string> Against { get; } =
        ["compared with", "compared to", "compare", "versus", "vs", "against", "相比", "对比", "比较"];

    /// <summary>Words that count.</summary>
    public static IReadOnlyList<string> HowMany { get; } = ["how many", "number of", "多少", "几个"];

    /// <summary>Words that rank by what was sold: by money, or by pieces where the data have them.</summary>
    public static IReadOnlyList<string> BestSelling { get; } =
    [
        "best selling", "best-selling", "bestselling", "best sellers", "best-sellers", "bestsellers", "top selling", "top-selling",
        "sold best", "sells best", "sell best", "selling best", "卖得最好", "最畅销", "畅销",
    ];

    /// <summary>Words between two periods.</summary>
    public static IReadOnlySet<string> Joins { get; } = new HashSet<string>(
        ["from", "between", "until", "through", "with", "从", "到", "至", "与", "和"], StringComparer.Ordinal);

    /// <summary>Words of a change, in a question for its reason.</summary>
    public static IReadOnlySet<string> Changes { get; } = new HashSet<string>(
        ["fall", "rise", "drop", "grow", "change", "changed", "decline", "increase", "decrease", "fallen", "risen", "grown", "go", "up",
        "下降", "上升", "增长", "减少", "变化", "下跌", "增加"],
        StringComparer.Ordinal);

    /// <summary>Phrases that hold a period against another.</summary>
    public static IReadOnlyList<(string Phrase, string Compare)> Compares { get; } =
    [
        ("compared with the year before", "year-ago"), ("compared to last year", "year-ago"), ("compared with last year", "year-ago"),
        ("versus last year", "year-ago"), ("vs last year", "year-ago"), ("against last year", "year-ago"), ("year over year", "year-ago"),
        ("year on year", "year-ago"), ("yoy", "year-ago"), ("compared with the period before", "previous"),
        ("compared with the month before", "previous"), ("compared to the previous period", "previous"),
        ("versus the previous period", "previous"),
        ("compared with the previous month", "previous"), ("vs the previous month", "previous"), ("month over month", "previous"),
        ("versus a year ago", "year-ago"), ("vs a year ago", "year-ago"), ("compared with a year ago", "year-ago"),
        ("compared to a year ago", "year-ago"), ("than a year ago", "year-ago"), ("with the month before", "previous"),
        ("with the quarter before", "previous"), ("with the previous quarter", "previous"), ("to the month before", "previous"),
        ("to the quarter before", "previous"), ("与上月相比", "previous"), ("和上月相比", "previous"), ("与上季度相比", "previous"),
        ("和去年同期比", "year-ago"), ("与去年同期相比", "year-ago"), ("和去年同期相比", "year-ago"), ("同比", "year-ago"), ("与去年相比", "year-ago"), ("和去年相比",
        "year-ago"), ("环比", "previous"), ("与上期相比", "previous"),
    ];

    /// <summary>Values of what the rules divide by, where nothing needs to be computed to know them; a shop may name its tiers and RFM
    /// segments otherwise (<see cref="Queries.QueryBase.Rules"/>).</summary>
    public static IReadOnlyDictionary<string, IEnumerable<string>> ClosedSets { get; } = new Dictionary<string, IEnumerable<string>>(
        StringComparer.Ordinal)
    {
        ["tier"] = ["bronze", "silver", "gold", "platinum"], ["lifecycle"] = Lifecycle.Names,
        ["value_matrix"] = Enum.GetValues<ValueMatrixCell>().Select(ValueMatrix.NameOf),
        ["loyalty_band"] = ["low", "medium", "high"], ["churn_band"] = ChurnBand.Names, ["lifetime_band"] = ["low", "middle", "high"],
    };

    /// <summary>Months in English.</summary>
    public static IReadOnlyList<string> Months { get; } =
    [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ];

    /// <summary>Chinese names of values.</summary>
    public static IReadOnlyDictionary<string, (string Dimension, string Value)> ChineseValues { get; } =
        new Dictionary<string, (string, string)>(StringComparer.Ordinal)
        {
            ["银卡"] = ("tier", "silver"), ["金卡"] = ("tier", "gold"), ["铜卡"] = ("tier", "bronze"), ["铂金卡"] = ("tier", "platinum"),
            ["铂金"] = ("tier", "platinum"), ["现金牛客户"] = ("value_matrix", "cash cow"), ["明星客户"] = ("value_matrix", "star"),
            ["潜力客户"] = ("value_matrix", "potential"), ["问题客户"] = ("value_matrix", "problem"),
            ["不能流失客户"] = ("rfm_segment", "cannot lose"), ["需关注客户"] = ("rfm_segment", "needs attention"),
            ["潜在忠诚客户"] = ("rfm_segment", "potential loyalist"), ["即将沉睡客户"] = ("rfm_segment", "about to sleep"),
            ["普通"] = ("tier", "basic"), ["冠军客户"] = ("rfm_segment", "champions"), ["忠诚客户"] = ("rfm_segment", "loyal"),
            ["沉睡客户"] = ("rfm_segment", "hibernating"), ["现金牛"] = ("value_matrix", "cash cow"), ["明星"] = ("value_matrix", "star"),
            ["成熟"] = ("lifecycle", "mature"), ["衰退"] = ("lifecycle", "declining"), ["成长"] = ("lifecycle", "growing"),
            ["门店"] = ("channel", "store"), ["网店"] = ("channel", "web"), ["网站"] = ("channel", "web"), ["应用"] = ("channel", "app"),
            ["星期一"] = ("weekday", "Monday"), ["星期六"] = ("weekday", "Saturday"), ["星期日"] = ("weekday", "Sunday"),
        };

    /// <summary>What a figure as of a time is called of a period.</summary>
    public static IReadOnlyDictionary<string, string> OfPeriod { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["repeat_share"] = "repeat_rate", ["mean_order_value"] = "average_order_value", ["gross_profit"] = "period_profit",
        ["orders_total"] = "orders_placed", ["revenue_total"] = "revenue", ["top_decile_revenue_share"] = "revenue_concentration",
    };

    /// <summary>Figures that a version predicts.</summary>
    public static IReadOnlySet<string> Predicted { get; } = new HashSet<string>(
        ["expected_churners", "expected_spend", "value_at_stake", "mean_churn_probability", "high_risk_customers"], StringComparer.Ordinal);
}
