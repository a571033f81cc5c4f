namespace Predictive.Segmentation.Metrics;

/// <summary>What people call a metric, and whose it is.</summary>
/// <param name="English">Its name.</param>
/// <param name="Chinese">Its name in 简体中文.</param>
/// <param name="Synonyms">Other English names.</param>
/// <param name="ChineseSynonyms">Other Chinese names.</param>
/// <param name="Owner">Who is asked before the definition changes.</param>
public sealed record MetricWords(
    string English, string Chinese, IReadOnlyList<string> Synonyms, IReadOnlyList<string> ChineseSynonyms, string Owner)
{
    private static readonly Dictionary<string, MetricWords> s_words = new(StringComparer.Ordinal)
    {
        ["revenue"] = new(
            "revenue", "净销售额",
            ["sales", "net sales", "turnover", "income", "net revenue", "money"],
            ["收入", "营收", "销售额", "净收入", "营业额"], "finance"),
        ["gross_sales"] = new("gross sales", "销售总额", ["gross revenue", "gross", "sales before returns"], ["毛销售额", "总销售额"], "finance"),
        ["returned_value"] = new(
            "value returned", "退货金额",
            ["returns", "refunds", "refunded", "money back", "returned money", "money was returned", "money returned"],
            ["退款", "退款金额", "退货额", "退货"], "finance"),
        ["return_rate"] = new("return rate", "退货率", ["refund rate", "share returned", "returned share"], ["退款率", "退货比例"], "finance"),
        ["period_profit"] = new("profit", "利润", ["gross margin", "margin", "earnings", "contribution"], ["毛利润", "盈利"], "finance"),
        ["margin_rate"] = new("margin rate", "利润率", ["profit margin", "gross margin rate", "margin share"], ["毛利率"], "finance"),
        ["orders_placed"] = new(
            "orders", "订单数",
            ["orders placed", "number of orders", "order count", "purchases"],
            ["订单", "下单数", "订单量", "单量"], "sales"),
        ["purchase_lines"] = new("lines bought", "购买行数", ["lines", "line items", "items bought"], ["明细行数", "购买明细"], "sales"),
        ["units_sold"] = new("units sold", "销售件数", ["units", "pieces", "quantity", "quantity sold"], ["件数", "销量", "数量"], "sales"),
        ["active_customers"] = new(
            "active customers", "活跃客户数",
            ["buyers", "customers who bought", "buying customers", "shoppers", "active customer"],
            ["活跃客户", "购买客户", "购买人数", "买家"], "marketing"),
        ["new_customers"] = new(
            "new customers", "新客户数",
            ["first-time customers", "first time buyers", "acquired customers", "newcomers", "new buyers"],
            ["新客", "新增客户", "新客户", "首购客户", "新客数"], "marketing"),
        ["new_customer_share"] = new(
            "share of new customers", "新客占比",
            ["new customer share", "new customer rate"],
            ["新客户占比", "新客比例"], "marketing"),
        ["repeat_rate"] = new(
            "repeat rate", "期内复购率",
            ["repurchase rate", "repeat purchase rate", "rate of repeat"],
            ["重复购买率", "回购率"], "marketing"),
        ["new_customer_revenue"] = new(
            "revenue from new customers", "新客销售额",
            ["sales to new customers", "new customer sales"],
            ["新客收入", "新客户销售额"], "finance"),
        ["average_order_value"] = new(
            "average order value", "客单价",
            ["AOV", "order value", "basket size", "basket value", "mean basket", "average basket", "value per order"],
            ["平均订单金额", "平均客单价", "笔单价"], "sales"),
        ["average_spend"] = new(
            "average spend", "人均消费",
            ["spend per customer", "revenue per customer", "sales per customer", "ARPU", "average spend per customer"],
            ["人均销售额", "每客消费", "平均消费"], "marketing"),
        ["orders_per_customer"] = new(
            "orders per customer", "人均订单数",
            ["order frequency", "purchase frequency", "frequency of orders"],
            ["人均下单数", "购买频次", "购买频率"], "marketing"),
        ["units_per_order"] = new("units per order", "每单件数", ["items per order", "pieces per order"], ["连带率", "每单数量"], "sales"),
        ["retention_rate"] = new(
            "retention rate", "留存率",
            ["retention", "customer retention", "share retained"],
            ["客户留存率", "留存"], "marketing"),
        ["churn_rate"] = new(
            "churn rate", "流失率",
            ["churn", "attrition", "attrition rate", "customer churn", "share lost"],
            ["客户流失率", "流失比例"], "marketing"),
        ["lost_customers"] = new(
            "lost customers", "流失客户数",
            ["churned customers", "customers lost", "customers who left", "leavers"],
            ["流失客户", "流失人数"], "marketing"),
        ["revenue_concentration"] = new(
            "revenue concentration", "收入集中度",
            ["concentration", "share of the best tenth", "top 10 % share", "top decile share"],
            ["集中度", "客户集中度", "前十分之一占比"], "finance"),
        ["value_at_stake"] = new(
            "value at stake", "风险金额",
            ["revenue at risk", "money at risk", "at stake", "value at risk", "expected loss"],
            ["风险收入", "流失风险金额", "预计损失"], "marketing"),
        ["mean_churn_probability"] = new(
            "predicted churn rate", "预测流失率",
            ["expected churn rate", "churn risk", "risk to leave", "risk of leaving", "churn probability", "likely to leave share"],
            ["流失风险", "预计流失率", "平均流失概率"], "data science"),
        ["high_risk_customers"] = new(
            "customers at high risk", "高风险客户数",
            ["high-risk customers", "customers at risk", "at-risk customers", "endangered customers"],
            ["高风险人数", "有流失风险的客户"], "marketing"),
        ["active_90d_share"] = new("active, 90 days", "近 90 天活跃率", ["active share", "active rate"], ["活跃率"], "marketing"),
        ["cadence_days"] = new("days between purchases", "购买间隔天数", [], [], "marketing"),
        ["categories_bought"] = new("categories bought", "购买品类数", [], [], "marketing"),
        ["churn_band"] = new("risk band", "风险等级", [], [], "data science"),
        ["churn_probability"] = new("risk to leave", "流失概率", [], [], "data science"),
        ["clv_expected"] = new("expected spend", "预计消费", [], [], "data science"),
        ["clv_high"] = new("expected spend, high end", "预计消费上限", [], [], "data science"),
        ["clv_low"] = new("expected spend, low end", "预计消费下限", [], [], "data science"),
        ["cross_sell_gap"] = new("cross-sell gap", "交叉销售机会", [], [], "marketing"),
        ["customers"] = new(
            "customers", "客户数",
            ["customer count", "number of customers", "how many customers", "size of the base"],
            ["客户总数", "客户数量", "多少客户"], "marketing"),
        ["days_since_visit"] = new("days since the last visit", "距上次访问天数", [], [], "marketing"),
        ["expected_churners"] = new(
            "expected to leave", "预计流失客户数",
            ["customers likely to leave", "likely to leave", "expected to leave", "customers about to leave", "will leave",
                "going to leave", "might leave", "likely to churn"],
            ["预计流失", "可能流失", "即将流失", "会流失"], "data science"),
        ["expected_orders"] = new("expected orders", "预计订单", [], [], "data science"),
        ["expected_spend"] = new(
            "expected spend in all", "预计消费总额",
            ["expected revenue", "forecast revenue", "predicted spend", "future spend"],
            ["预计收入", "预测消费", "未来消费"], "data science"),
        ["f"] = new("frequency score", "频度得分", [], [], "marketing"),
        ["first_purchase"] = new("first purchase", "首次购买", [], [], "marketing"),
        ["frequency"] = new("orders", "订单数", [], [], "marketing"),
        ["gross_profit"] = new("gross profit", "毛利", ["profit of all time"], ["累计毛利"], "finance"),
        ["inferred"] = new("inferred attributes", "推断属性", [], [], "marketing"),
        ["lifecycle"] = new("lifecycle stage", "生命周期阶段", [], [], "marketing"),
        ["lifecycle_since"] = new("stage entered", "进入阶段日期", [], [], "marketing"),
        ["lifetime_band"] = new("lifetime value band", "终身价值分级", [], [], "data science"),
        ["lifetime_residual"] = new("lifetime value to come", "剩余终身价值", [], [], "data science"),
        ["lifetime_value"] = new("lifetime value", "终身价值", [], [], "data science"),
        ["lifetime_value_total"] = new(
            "lifetime value in all", "终身价值总额",
            ["CLV total", "total lifetime value"],
            ["终身价值总和"], "data science"),
        ["loyalty_band"] = new("loyalty", "忠诚度", [], [], "marketing"),
        ["loyalty_score"] = new("loyalty score", "忠诚度得分", [], [], "marketing"),
        ["m"] = new("monetary score", "金额得分", [], [], "marketing"),
        ["mean_lifetime_value"] = new(
            "mean lifetime value", "平均终身价值",
            ["CLV", "LTV", "customer lifetime value", "lifetime value per customer"],
            ["客户终身价值", "人均终身价值"], "data science"),
        ["mean_order_value"] = new("mean order value", "平均单额", ["order value of all time"], ["累计平均单额"], "sales"),
        ["mean_penetration"] = new("mean penetration", "平均渗透率", [], [], "marketing"),
        ["mean_reputation"] = new("mean reputation", "平均信誉分", [], [], "customer service"),
        ["monetary"] = new("net spend", "净消费", [], [], "marketing"),
        ["net_value"] = new("net value", "净价值", [], [], "finance"),
        ["net_value_total"] = new("net value in all", "净价值总额", [], [], "finance"),
        ["nps"] = new("NPS answer", "NPS 评分", [], [], "customer service"),
        ["nps_group"] = new("NPS group", "NPS 分组", [], [], "customer service"),
        ["nps_score"] = new("NPS", "NPS", ["net promoter score"], ["净推荐值"], "customer service"),
        ["order_value"] = new("mean order value", "平均单额", [], [], "marketing"),
        ["orders"] = new("orders ever", "累计订单", [], [], "marketing"),
        ["orders_total"] = new("orders in all", "订单总数", ["orders of all time", "orders kept"], ["累计订单数"], "sales"),
        ["penetration"] = new("penetration", "品类渗透率", [], [], "marketing"),
        ["play"] = new("play", "行动建议", [], [], "marketing"),
        ["points_balance"] = new("points balance", "积分余额", [], [], "marketing"),
        ["points_earned"] = new("points earned", "累计积分", [], [], "marketing"),
        ["points_expiring"] = new("points expiring next", "即将到期积分", [], [], "marketing"),
        ["points_outstanding"] = new("points outstanding", "未使用积分", ["open points", "points liability"], ["积分负债"], "marketing"),
        ["portrait"] = new("portrait", "客户画像", [], [], "data science"),
        ["potential"] = new("potential", "潜力", [], [], "data science"),
        ["predicted_tier"] = new("predicted tier", "预测等级", [], [], "data science"),
        ["profit_total"] = new("profit", "利润", [], [], "finance"),
        ["prospects"] = new("prospects", "潜在客户", ["leads", "people without a purchase"], ["潜客", "潜在客户数"], "marketing"),
        ["quadrant"] = new("group A–E", "A–E 分组", [], [], "marketing"),
        ["r"] = new("recency score", "近度得分", [], [], "marketing"),
        ["recency_days"] = new("days since the last purchase", "距上次购买天数", [], [], "marketing"),
        ["repeat_share"] = new("came back", "复购率", ["share of repeat customers", "repeat customers"], ["复购客户占比"], "marketing"),
        ["reputation_restriction"] = new("restriction", "限制", [], [], "customer service"),
        ["reputation_score"] = new("reputation", "信誉分", [], [], "customer service"),
        ["returned_order_share"] = new("orders given back", "退单率", ["share of orders returned"], ["退单占比"], "sales"),
        ["returned_orders"] = new("orders given back", "退回订单", [], [], "marketing"),
        ["revenue_365d"] = new(
            "net spend, 365 days", "近 365 天净消费总额",
            ["revenue of the last 365 days", "annual spend", "annual revenue"],
            ["年消费", "近一年收入"], "finance"),
        ["revenue_total"] = new(
            "net spend of all time", "累计净消费总额",
            ["revenue of all time", "lifetime revenue"],
            ["累计收入", "累计销售额"], "finance"),
        ["rfm_group"] = new("RFM group", "RFM 聚类", [], [], "marketing"),
        ["rfm_score"] = new("RFM score", "RFM 总分", [], [], "marketing"),
        ["rfm_segment"] = new("RFM segment", "RFM 分群", [], [], "marketing"),
        ["service_cost"] = new("service cost", "服务成本", [], [], "customer service"),
        ["service_cost_total"] = new("service cost in all", "服务成本总额", [], [], "customer service"),
        ["service_requests"] = new("service requests", "服务请求", [], [], "customer service"),
        ["spend_365d"] = new("net spend, 365 days", "近 365 天净消费", [], [], "finance"),
        ["spend_total"] = new("net spend ever", "累计净消费", [], [], "finance"),
        ["tenure_days"] = new("days as a customer", "成为客户天数", [], [], "marketing"),
        ["tier"] = new("tier", "会员等级", [], [], "marketing"),
        ["tier_spend"] = new("spend for the tier", "等级消费额", [], [], "marketing"),
        ["top_decile_profit_share"] = new("profit of the best tenth", "前十分之一客户利润占比", [], [], "finance"),
        ["top_decile_revenue_share"] = new("the best tenth brings", "前十分之一客户消费占比", ["concentration of all time"], ["累计集中度"], "finance"),
        ["value_amount"] = new("value", "价值", [], [], "marketing"),
        ["value_band"] = new("value band", "价值分级", [], [], "marketing"),
        ["value_matrix"] = new("value matrix", "价值矩阵", [], [], "data science"),
        ["value_percentile"] = new("value percentile", "价值百分位", [], [], "marketing"),
        ["visits"] = new("visits", "访问次数", [], [], "marketing"),
    };

    /// <summary>The words of a metric; a shop's own score is called as the shop calls it.</summary>
    public static MetricWords Of(string name) =>
        s_words.TryGetValue(name, out MetricWords? words) ? words : new MetricWords(name, name, [], [], "the shop");

    /// <summary>Whether the catalogue has words of its own for a metric.</summary>
    public static bool Has(string name) => s_words.ContainsKey(name);
}
