param actionGroupName string
param alertPrefix string
param alertEmail string
param appId string
param applicationInsightsId string
param logAnalyticsId string
param location string
param tags object

var actions = empty(alertEmail) ? [] : [ group.id ]

resource group 'Microsoft.Insights/actionGroups@2024-10-01-preview' = if (!empty(alertEmail)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'helpdesk'
    enabled: true
    emailReceivers: [ { name: 'desk', emailAddress: alertEmail, useCommonAlertSchema: true } ]
  }
}

resource serverErrors 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${alertPrefix}5xx'
  location: 'global'
  tags: tags
  properties: {
    description: 'More than 5 requests in 15 minutes were answered with 5xx.'
    severity: 1
    enabled: true
    scopes: [ appId ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [ { name: '5xx', criterionType: 'StaticThresholdCriterion', metricName: 'Http5xx', metricNamespace: 'Microsoft.Web/sites', operator: 'GreaterThan', threshold: 5, timeAggregation: 'Total' } ]
    }
    actions: [for action in actions: { actionGroupId: action }]
  }
}

resource poison 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${alertPrefix}poison'
  location: location
  tags: tags
  properties: {
    displayName: 'A message is in a poison queue'
    description: 'The host gave up on a message. See GET /api/operations/queues, put it back with POST /api/operations/queues/{name}/replay-poison.'
    severity: 1
    enabled: true
    scopes: [ logAnalyticsId ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [ {
        query: 'StorageQueueLogs | where OperationName == "PutMessage" and ObjectKey contains "-poison"'
        timeAggregation: 'Count'
        operator: 'GreaterThan'
        threshold: 0
      } ]
    }
    actions: { actionGroups: actions }
    skipQueryValidation: true
  }
}

resource failedReceipts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${alertPrefix}receipts'
  location: location
  tags: tags
  properties: {
    displayName: 'A receipt failed'
    description: 'Something came in and became no ticket. See GET /api/receipts?state=failed, work it again with POST /api/receipts/{id}/replay.'
    severity: 2
    enabled: true
    scopes: [ applicationInsightsId ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [ {
        query: 'traces | where message has "Receipt" and message has "failed"'
        timeAggregation: 'Count'
        operator: 'GreaterThan'
        threshold: 0
      } ]
    }
    actions: { actionGroups: actions }
    skipQueryValidation: true
  }
}

resource failedInstances 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${alertPrefix}durable'
  location: location
  tags: tags
  properties: {
    displayName: 'An orchestration failed again and again'
    description: 'The safety net has rewound an instance five times and leaves it alone now; its deadlines are met by the due-time index meanwhile. See GET /api/operations/durable?status=failed.'
    severity: 2
    enabled: true
    scopes: [ applicationInsightsId ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [ {
        query: 'traces | where message has "failed again after" and message has "rewinds"'
        timeAggregation: 'Count'
        operator: 'GreaterThan'
        threshold: 0
      } ]
    }
    actions: { actionGroups: actions }
    skipQueryValidation: true
  }
}
